import { EventReader } from "@holdfast/testkit/services/event-reader";
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import { cancelBooking } from "@holdfast/contracts/api/booking-life";
import { logOut } from "@holdfast/contracts/api/sessions";
import { beforeAll, expect, test } from "vitest";
import type { World } from "./world.ts";

/** @param worldOf the platform, once it runs */
export function describeStreams(worldOf: () => World): void {
  let world: World;
  beforeAll(() => void (world = worldOf()));

  const open = (guest: ApiClient, path: string, lastEventId?: string) =>
    EventReader.open(
      `${world.platform.gatewayUrl}${path}`,
      { authorization: `Bearer ${guest.tokens.accessToken}` },
      lastEventId,
    );

  test("a guest watches a booking become theirs through the gateway, and after a broken connection misses nothing", async () => {
    const resourceId = await world.publish();
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    using mine = await open(guest, "/v1/me/stream");
    expect([mine.status, mine.headers.get("content-type"), mine.headers.get("content-encoding")]).toEqual([
      200,
      "text/event-stream",
      null,
    ]);
    const { startsAt, endsAt } = slot!;
    const { bookingId } = await guest.book({ resourceId, startsAt, endsAt, paymentMethod: "pm_card_visa" });
    const path = `/v1/bookings/${bookingId}/stream`;
    await mine.told("booking.held.v1", bookingId);
    await mine.told("booking.confirmed.v1", bookingId);
    expect(mine.types).toEqual(["booking.held.v1", "booking.confirmed.v1"]);

    // As one whose connection broke right after the booking was held.
    const held = mine.events[0]!.id;
    mine[Symbol.dispose]();
    await world.booking(guest, bookingId, ({ status }) => status === "confirmed");
    using again = await open(guest, path, held);
    await again.told("booking.confirmed.v1");
    await world.payment(guest, bookingId, ({ status }) => status === "captured");
    await guest.call(cancelBooking, { params: { bookingId } });
    const cancelled = await again.told("booking.cancelled.v1");
    expect(cancelled.data).toMatchObject({ bookingId, status: "cancelled" });
    expect(again.types).toEqual(["booking.confirmed.v1", "booking.cancelled.v1"]);

    await guest.call(logOut);
    const loggedOutAt = performance.now();
    await again.ended();
    expect(performance.now() - loggedOutAt).toBeLessThan(5_000);
  });
}
