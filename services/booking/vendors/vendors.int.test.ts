import {
  resourcePublished,
  vendorMemberAdded,
  vendorMemberRemoved,
  vendorRegistered,
  vendorRejected,
  vendorSuspended,
  vendorVerified,
} from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, type Caller, chairRules, newCustomer, slotAt } from "../booking-world.fixture.ts";

let world: BookingWorld;

beforeAll(async () => {
  world = await BookingWorld.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const facts = (vendorId: Id<"vnd">) => ({ vendorId, ownerId: newId("usr"), name: "Salon" });

/** What catalog says about a vendor, once booking has taken it in. */
async function tell(vendorId: Id<"vnd">, what: "verified" | "suspended" | "rejected", version: number) {
  const about = { subject: vendorId, version };
  const data = facts(vendorId);
  const eventId =
    what === "verified"
      ? await world.tap.emit(vendorVerified, { ...about, data })
      : what === "suspended"
        ? await world.tap.emit(vendorSuspended, { ...about, data: { ...data, reason: "Unpaid fees." } })
        : await world.tap.emit(vendorRejected, { ...about, data: { ...data, reasons: ["No."] } });
  await takenIn(eventId);
}

const takenIn = (eventId: string) =>
  until("the event to be taken in", async () => {
    const { rowCount } = await world.sql.query("select from inbox where event_id = $1", [eventId]);
    return rowCount === 1;
  });

const { startsAt, endsAt } = slotAt(3);
const day = startsAt.slice(0, 10);

/** How the resource answers to somebody who looks for it, asks for a price, and books. */
async function answers(resourceId: string): Promise<number[]> {
  const guest = newCustomer();
  const asked = { resourceId, startsAt, endsAt };
  const replies = [
    await world.call("GET", `/v1/resources/${resourceId}/slots?from=${day}&to=${day}`, null),
    await world.call("POST", "/v1/quotes", guest, asked),
    await world.book(guest, asked),
  ];
  return replies.map(({ status }) => status);
}
async function calendarVersion(resourceId: string): Promise<number> {
  const { rows } = await world.sql.query<{ version: number }>(
    "select version::integer from calendars where resource_id = $1",
    [resourceId],
  );
  return rows[0]!.version;
}

const open = [200, 201, 201];
const closed = [404, 404, 404];

describe("a suspended vendor", () => {
  test("takes no bookings from then on, keeps those it has, and takes bookings again once reinstated", async () => {
    const vendorId = newId("vnd");
    const resourceId = await world.publish({ capacity: 9 }, vendorId);
    const elsewhere = await world.publish({ capacity: 9 });
    const guest = newCustomer();
    const held = await world.book(guest, { resourceId, startsAt, endsAt });
    await world.answerPayment(held.body["bookingId"], "authorised");
    const path = `/v1/bookings/${String(held.body["bookingId"])}`;
    const confirmed = async () => (await world.call("GET", path, guest)).body["status"] === "confirmed";
    await until("the booking to be confirmed", confirmed);
    // Listed once before, so that a listing is cached.
    expect(await answers(resourceId)).toEqual(open);

    const listedUnder = await calendarVersion(resourceId);
    await tell(vendorId, "suspended", 4);
    // What was listed or found under the calendar's version before is no longer shown.
    expect(await calendarVersion(resourceId)).toBeGreaterThan(listedUnder);
    expect(await answers(resourceId)).toEqual(closed);
    expect(await answers(elsewhere)).toEqual(open);
    expect(await confirmed()).toBe(true);

    await tell(vendorId, "verified", 5);
    expect(await answers(resourceId)).toEqual(open);
  });

  test("gives its bookings back by the rules they were taken under", async () => {
    const vendorId = newId("vnd");
    const resourceId = await world.publish({}, vendorId);
    const guest = newCustomer();
    const held = await world.book(guest, { resourceId, startsAt, endsAt });
    await tell(vendorId, "suspended", 2);
    const cancelled = await world.call(
      "POST",
      `/v1/bookings/${String(held.body["bookingId"])}/cancel`,
      guest,
    );
    expect(cancelled.body).toMatchObject({ status: "cancelled" });
  });

  test("has what it publishes later closed too, and new versions of what it had", async () => {
    const vendorId = newId("vnd");
    const before = await world.publish({}, vendorId);
    await tell(vendorId, "suspended", 2);
    const after = await world.publish({}, vendorId);
    await world.publish({ title: "Stool" }, vendorId, { resourceId: before, version: 2 });
    expect(await answers(after)).toEqual(closed);
    expect(await answers(before)).toEqual(closed);
    await tell(vendorId, "verified", 3);
    expect(await answers(after)).toEqual(open);
    expect(await answers(before)).toEqual(open);
  });

  test("is suspended whatever older news comes afterwards", async () => {
    const vendorId = newId("vnd");
    await tell(vendorId, "suspended", 4);
    await tell(vendorId, "verified", 3);
    const resourceId = await world.publish({}, vendorId);
    expect(await answers(resourceId)).toEqual(closed);
    await tell(vendorId, "verified", 5);
    await tell(vendorId, "suspended", 4);
    await tell(vendorId, "rejected", 2);
    expect(await answers(resourceId)).toEqual(open);
    await tell(vendorId, "rejected", 6);
    expect(await answers(resourceId)).toEqual(closed);
  });

  test("has everything closed that is published while it is being suspended", async () => {
    const vendorIds = Array.from({ length: 6 }, () => newId("vnd"));
    const rules = chairRules;
    const emitted: string[] = [];
    await Promise.all(
      vendorIds.flatMap((vendorId) => [
        ...Array.from({ length: 8 }, async () => {
          const resourceId = newId("res");
          const data = { resourceId, vendorId, vendorName: "Salon", version: 1, rules };
          emitted.push(await world.tap.emit(resourcePublished, { subject: resourceId, version: 1, data }));
        }),
        tell(vendorId, "suspended", 4),
      ]),
    );
    for (const eventId of emitted) await takenIn(eventId);
    const { rows } = await world.sql.query(
      "select vendor_suspended, count(*)::integer as many from resources where vendor_id = any($1) group by 1",
      [vendorIds],
    );
    expect(rows).toEqual([{ vendor_suspended: true, many: 48 }]);
  });
});

describe("who acts for a vendor", () => {
  const person = (userId: Id<"usr">): Caller => ({ userId, roles: ["vendor"] });
  const reads = async (vendorId: string, caller: Caller) =>
    (await world.call("GET", `/v1/vendors/${vendorId}/bookings`, caller)).status;
  const added = (vendorId: Id<"vnd">, userId: Id<"usr">, version: number) =>
    world.tap
      .emit(vendorMemberAdded, { subject: vendorId, version, data: { vendorId, userId, role: "staff" } })
      .then(takenIn);
  const removed = (vendorId: Id<"vnd">, userId: Id<"usr">, version: number) =>
    world.tap
      .emit(vendorMemberRemoved, { subject: vendorId, version, data: { vendorId, userId } })
      .then(takenIn);

  test("is whoever registered it, and administrators, and nobody else", async () => {
    const vendorId = newId("vnd");
    const data = facts(vendorId);
    await takenIn(await world.tap.emit(vendorRegistered, { subject: vendorId, version: 1, data }));
    expect(await reads(vendorId, person(data.ownerId))).toBe(200);
    expect(await reads(vendorId, { userId: newId("usr"), roles: ["admin"] })).toBe(200);
    expect(await reads(vendorId, person(newId("usr")))).toBe(404);
    expect(await reads(vendorId, newCustomer())).toBe(403);
  });

  test("is a member from when they are added until they are removed", async () => {
    const [vendorId, userId] = [newId("vnd"), newId("usr")];
    expect(await reads(vendorId, person(userId))).toBe(404);
    await added(vendorId, userId, 2);
    expect(await reads(vendorId, person(userId))).toBe(200);
    await removed(vendorId, userId, 3);
    expect(await reads(vendorId, person(userId))).toBe(404);
    await added(vendorId, userId, 4);
    expect(await reads(vendorId, person(userId))).toBe(200);
  });

  test("is nobody who was removed, though older news of them comes later", async () => {
    const vendorId = newId("vnd");
    const data = facts(vendorId);
    await removed(vendorId, data.ownerId, 7);
    await added(vendorId, data.ownerId, 6);
    await takenIn(await world.tap.emit(vendorRegistered, { subject: vendorId, version: 1, data }));
    expect(await reads(vendorId, person(data.ownerId))).toBe(404);
  });
});
