/** Calls about bookings and calendars that have an effect. */
import { createBlock } from "@holdfast/contracts/api/blocks";
import { checkInBooking } from "@holdfast/contracts/api/booking-life";
import { createBookingSeries } from "@holdfast/contracts/api/booking-series";
import { createResource, publishResource } from "@holdfast/contracts/api/catalog";
import { createCalendarLink, createFeed } from "@holdfast/contracts/api/feeds";
import type { Id } from "@holdfast/contracts/ids";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { until } from "@holdfast/testkit/until";
import { randomUUID } from "node:crypto";
import { keptMethod, placeInLine } from "../guests.ts";
import type { RouteGround } from "../route-ground.ts";
import { hoursAhead } from "../vendors.ts";
import type { Prepare } from "./act.ts";

const owner = ({ things }: RouteGround) => things.A.owner.client;
const guest = ({ things }: RouteGround) => things.A.guest.client;

/** Soon enough for a guest to come. */
const soon = { startsAt: hoursAhead(2), endsAt: hoursAhead(3) };

async function booked(ground: RouteGround, resourceId: Id<"res">, status: string): Promise<Id<"bkg">> {
  const asked = { resourceId, ...soon, paymentMethod: "pm_card_visa" };
  const made = await guest(ground).book(asked, { waitSeconds: 30 });
  if (made.status !== status) throw new Error(`the booking is ${made.status} in place of ${status}`);
  return made.bookingId;
}

/** About a booking of its own that is paid. */
const aboutBooking: Prepare = async (ground) => ({
  ids: { bookingId: await booked(ground, ground.things.A.vendor.resourceId, "confirmed") },
});

/** About one that waits for the vendor's yes, at a resource of its own. */
const aboutApproval: Prepare = async (ground) => {
  const { vendorId } = ground.things.A.vendor;
  const body = { vendorId, rules: { ...deskRules, approval: { withinMinutes: 600 } } };
  const { resourceId } = await owner(ground).call(createResource, { body });
  await owner(ground).call(publishResource, { params: { resourceId } });
  await until("booking to know the resource", async () => {
    const known = "select from booking.resources where resource_id = $1 and bookable";
    return (await ground.sql.query(known, [resourceId])).rowCount === 1;
  });
  return { ids: { bookingId: await booked(ground, resourceId, "awaiting-approval") } };
};

const onSpare = ({ things }: RouteGround) => ({ resourceId: things.A.vendor.spareResourceId });

export const actsOfBookings: Readonly<Record<string, Prepare>> = {
  approveBooking: aboutApproval,
  declineBooking: aboutApproval,
  callOffBooking: aboutBooking,
  cancelBooking: aboutBooking,
  checkInBooking: aboutBooking,
  orderRefund: async (ground) => {
    const { ids } = await aboutBooking(ground);
    const taken = "select from payment.payments where booking_id = $1 and captured_minor > 0";
    await until("the money to be taken", async () => {
      return (await ground.sql.query(taken, [ids!["bookingId"]])).rowCount === 1;
    });
    return { ids: ids! };
  },
  completeBooking: async (ground) => {
    const { ids } = await aboutBooking(ground);
    await owner(ground).call(checkInBooking, { params: { bookingId: ids!["bookingId"] as Id<"bkg"> } });
    return { ids: ids! };
  },
  recordNoShow: async (ground) => {
    const { ids } = await aboutBooking(ground);
    // It began an hour ago.
    const begun = `update booking.bookings set starts_at = now() - interval '1 hour', ends_at = now() + interval '1 hour'
      where booking_id = $1`;
    await ground.sql.query(begun, [ids!["bookingId"]]);
    return { ids: ids! };
  },
  rescheduleBooking: aboutBooking,
  cancelBookingSeries: async (ground) => {
    const body = { resourceId: ground.things.A.vendor.resourceId, ...soon, rrule: "FREQ=DAILY;COUNT=2" };
    const { seriesId } = await guest(ground).call(createBookingSeries, {
      body,
      idempotencyKey: randomUUID(),
    });
    return { ids: { seriesId } };
  },
  removePaymentMethod: async (ground) => {
    const { client } = await ground.world.newAccount(["customer"]);
    const paymentMethodId = await keptMethod(client, ground.things.A.vendor);
    return { token: client.tokens.accessToken, ids: { paymentMethodId } };
  },
  joinWaitlist: async (ground) => {
    const full = { startsAt: hoursAhead(100), endsAt: hoursAhead(101) };
    const { client } = await ground.world.newAccount(["customer"]);
    return { token: client.tokens.accessToken, body: { ...onSpare(ground), ...full } };
  },
  leaveWaitlist: async (ground) => {
    const { client } = await ground.world.newAccount(["customer"]);
    const entryId = await placeInLine(client, ground.things.A.vendor);
    return { token: client.tokens.accessToken, ids: { entryId } };
  },
  deleteBlock: async (ground) => {
    const body = { startsAt: hoursAhead(500), endsAt: hoursAhead(501), quantity: 1, reason: "Cleaning" };
    const { blockId } = await owner(ground).call(createBlock, { params: onSpare(ground), body });
    return { ids: { ...onSpare(ground), blockId } };
  },
  deleteFeed: async (ground) => {
    const body = { url: "https://calendars.example/another.ics" };
    const { feedId } = await owner(ground).call(createFeed, { params: onSpare(ground), body });
    return { ids: { feedId } };
  },
  createCalendarLink: async (ground) => ({ ids: { resourceId: ground.things.A.vendor.resourceId } }),
  deleteCalendarLink: async (ground) => {
    await owner(ground).call(createCalendarLink, { params: onSpare(ground), body: {} });
    return { ids: onSpare(ground) };
  },
};
