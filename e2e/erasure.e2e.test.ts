import { randomUUID } from "node:crypto";
import { changeProfile, requestEmailChange } from "@holdfast/contracts/api/accounts";
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import { createBlock } from "@holdfast/contracts/api/blocks";
import { callOffBooking, cancelBooking } from "@holdfast/contracts/api/booking-life";
import { createFeed } from "@holdfast/contracts/api/feeds";
import { exportMyData } from "@holdfast/contracts/api/personal-data";
import { logIn } from "@holdfast/contracts/api/sessions";
import { closeAccount, createUser } from "@holdfast/contracts/api/users";
import { addVendorMember } from "@holdfast/contracts/api/vendors";
import { joinWaitlist } from "@holdfast/contracts/api/waitlist";
import type { Id } from "@holdfast/contracts/ids";
import { ApiClient } from "@holdfast/testkit/platform/api-client";
import { tracesOf } from "@holdfast/testkit/platform/kept-traces";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksAgree, expectMoneyAddsUp, settled } from "./audit.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** Nobody else's text has it in it. */
const mark = `zq${randomUUID().slice(0, 8)}`;
const confirm = { body: { confirm: "erase my data" } } as const;
const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Vivaldi/7.4.3684.50";

/** An account whose every word has the mark. */
async function marked(who: string): Promise<ApiClient> {
  const login = { email: `${who}-${mark}@example.com`, password: `long-and-unlikely-${randomUUID()}` };
  const name = `${who} ${mark}`;
  await world.admin.call(createUser, { body: { ...login, name, roles: ["customer"] } });
  const tokens = await world.anyone.call(logIn, { body: login, headers: { "user-agent": browser } });
  return new ApiClient(world.platform.gatewayUrl, tokens);
}

async function liveAsGuest(guest: ApiClient, resourceId: Id<"res">): Promise<void> {
  const slots = await world.slots(resourceId);
  const paid = async (index: number, by = guest) => {
    const { startsAt, endsAt } = slots[index]!;
    const paying = { paymentMethod: "pm_card_visa", savePaymentMethod: index === 0 };
    const asked = { resourceId, startsAt, endsAt, ...paying };
    const booked = await by.book(asked, { waitSeconds: 20 });
    expect(booked.status).toBe("confirmed");
    await world.payment(by, booked.bookingId, ({ status }) => status === "captured");
    return booked.bookingId;
  };
  const calledOff = await paid(0);
  const reason = `Said of ${mark}: the pipe burst`;
  await world.vendor.call(callOffBooking, { params: { bookingId: calledOff }, body: { reason } });
  await guest.call(cancelBooking, { params: { bookingId: await paid(2) } });
  await paid(4, await world.admin.register("customer"));
  const { startsAt, endsAt } = slots[4]!;
  await guest.call(joinWaitlist, { body: { resourceId, startsAt, endsAt } });
  await guest.call(createApiKey, { body: { name: `Key ${mark}`, scopes: ["booking:read:own"] } });
  await guest.call(changeProfile, { body: { name: `Changed ${mark}` } });
  await guest.call(requestEmailChange, { body: { newEmail: `new-${mark}@example.com` } });
}

async function liveAsStaff(staff: ApiClient, resourceId: Id<"res">): Promise<void> {
  const { rows } = await world.sql.query<{ vendor_id: Id<"vnd"> }>(
    "select vendor_id from catalog.resources where id = $1",
    [resourceId],
  );
  const { vendor_id: vendorId } = rows[0]!;
  const { userId } = staff.user;
  await world.vendor.call(addVendorMember, { params: { vendorId }, body: { userId, role: "manager" } });
  await until("the member to be known", async () => {
    const known = await world.sql.query(
      "select from booking.vendor_members b join auth.vendor_members a using (vendor_id, user_id) where user_id = $1",
      [userId],
    );
    return known.rowCount === 1;
  });
  const acting = await staff.refreshed();
  const [slot] = await world.slots(resourceId, 5);
  const block = { startsAt: slot!.startsAt, endsAt: slot!.endsAt, reason: `Dentist of ${mark}` };
  const idempotencyKey = randomUUID();
  await acting.call(createBlock, { params: { resourceId }, body: block, idempotencyKey });
  const url = `https://calendars.example/${mark}.ics`;
  await acting.call(createFeed, { params: { resourceId }, body: { url, whenStale: "keep" } });
}

/** What the books say of everybody, by which id and status. */
async function books(): Promise<unknown> {
  const { rows } = await world.sql.query(
    `select 'booking' as kind, customer_id, status, count(*), sum(total_minor) as total, sum(keep_minor) as kept
       from booking.bookings group by customer_id, status
     union all select 'payment', customer_id, status, count(*), sum(captured_minor), sum(refunded_minor)
       from payment.payments group by customer_id, status
     order by 1, 2, 3`,
  );
  return rows;
}

test("of who was erased nothing is left in any schema, stream or cache, and the books are as they were", async () => {
  const resourceId = await world.publish();
  const guest = await marked("guest");
  const staff = await marked("staff");
  await liveAsGuest(guest, resourceId);
  await liveAsStaff(staff, resourceId);
  await settled(world);

  const { services } = await guest.call(exportMyData);
  expect(services.auth["account"]).toMatchObject([{ email: `guest-${mark}@example.com` }]);
  expect(services.auth["sessions"]).toMatchObject([{ device: expect.stringContaining("Vivaldi") as string }]);
  expect(services.booking["bookings"]).toHaveLength(2);
  expect(JSON.stringify(services.booking["timeline"])).toContain(mark);
  expect(services.booking["waitlist"]).toHaveLength(1);
  expect(services.payment["payments"]).toHaveLength(2);
  expect(services.payment["paymentMethods"]).toMatchObject([{ brand: "visa", last4: "4242" }]);
  const kept = String(services.payment["paymentMethods"]![0]!["paymentMethodId"]);
  const customer = String(services.payment["customers"]![0]!["providerId"]);
  expect(services.notification["messages"]!.length).toBeGreaterThan(2);

  const before = await tracesOf(world, [mark, "Vivaldi"]);
  expect(before).toEqual(
    expect.arrayContaining([
      "auth.users",
      "auth.sessions",
      "auth.api_keys",
      "auth.mail_tickets",
      "booking.timeline",
      "booking.blocks",
      "booking.feeds",
      "booking.idempotency_keys",
    ]),
  );
  // Not even while they are here do events or caches tell of them.
  expect(before.filter((place) => !place.includes("."))).toEqual([]);
  const balance = await books();

  await guest.call(closeAccount, confirm);
  await staff.call(closeAccount, confirm);
  const traces = () => tracesOf(world, [mark, "Vivaldi", kept, customer]);
  try {
    await until("nothing to be left", async () => (await traces()).length === 0, 20_000);
  } finally {
    expect(await traces()).toEqual([]);
  }
  await until("the last mail", async () => {
    const mails = await world.mails({ to: `guest-${mark}@example.com` });
    return mails.some(({ subject }) => /closed/i.test(subject));
  });
  await settled(world);
  expect(await books()).toEqual(balance);
  await expectMoneyAddsUp(world);
  await expectBooksAgree(world);
});
