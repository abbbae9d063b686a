import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Caller } from "../booking-world.fixture.ts";
import { createPastForgetter } from "../calendar/forget-past.ts";
import { createClock } from "@holdfast/chassis/clock";
import { openDatabase } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import type { BookingTables } from "../database.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const admin: Caller = { userId: newId("usr"), roles: ["admin"] };
const reason = "The floor is polished";
const path = (resourceId: string) => `/v1/resources/${resourceId}/blocks`;

const block = (resourceId: string, sent: object, as: Caller = admin) =>
  world.call("POST", path(resourceId), as, { reason, ...sent });

const book = (resourceId: string, at: object, quantity = 1) =>
  world.book(newCustomer(), { resourceId, quantity, ...at });

async function codeOf(reply: Promise<{ status: number; body: Record<string, unknown> }>) {
  const { status, body } = await reply;
  return status < 300 ? status : body["code"];
}

const takenUnits = async (resourceId: string) =>
  (
    await world.sql.query<{ units: number }>(
      "select count(*)::integer as units from allocations join calendars using (calendar_id) where resource_id = $1",
      [resourceId],
    )
  ).rows[0]?.units;

test("a blocked time cannot be booked, nor is it listed, until the block is deleted", async () => {
  const resourceId = await world.publish();
  const at = slotAt(3);
  const list = async () => {
    const date = at.startsAt.slice(0, 10);
    const query = `from=${date}&to=${date}&minutes=60`;
    const { body } = await world.call("GET", `/v1/resources/${resourceId}/slots?${query}`, null);
    return (body["slots"] as { startsAt: string }[]).some((slot) => slot.startsAt === at.startsAt);
  };
  const made = await block(resourceId, at);
  expect(made).toMatchObject({ status: 201, body: { ...at, quantity: null, reason, feedId: null } });
  expect(await list()).toBe(false);
  expect(await codeOf(book(resourceId, at))).toBe("booking/slot-taken");
  expect((await world.call("GET", path(resourceId), admin)).body).toEqual({ items: [made.body], next: null });
  const gone = await world.call("DELETE", `${path(resourceId)}/${String(made.body["blockId"])}`, admin);
  expect(gone.status).toBe(204);
  expect(await list()).toBe(true);
  expect(await codeOf(book(resourceId, at))).toBe(201);
});

test("is refused where bookings lie, naming them, and touches none", async () => {
  const resourceId = await world.publish({ capacity: 3 });
  const at = slotAt(4);
  const first = await book(resourceId, at, 2);
  const refused = await block(resourceId, { ...at, quantity: 2 });
  expect(refused).toMatchObject({
    status: 409,
    body: {
      code: "booking/block-conflicts",
      conflicts: [{ bookingId: first.body["bookingId"], units: 2, ...at }],
    },
  });
  // One is free, but the block of all units wants all of them.
  expect(await codeOf(block(resourceId, at))).toBe("booking/block-conflicts");
  expect(await codeOf(block(resourceId, { ...at, quantity: 1 }))).toBe(201);
  expect(await takenUnits(resourceId)).toBe(3);
  const { body } = await block(resourceId, at);
  expect(body["conflicts"]).toMatchObject([
    { bookingId: first.body["bookingId"] },
    { blockId: expect.stringMatching(/^blk_/), units: 1 },
  ]);
});

test("takes units that labels alone stand in the way of, and bookings do as much with blocks", async () => {
  const resourceId = await world.publish({ capacity: 2 });
  // Unit 1 early, unit 2 late: free at every moment, but no unit throughout.
  const [early, late] = [slotAt(5, 0), slotAt(5, 2)];
  const filler = await block(resourceId, { ...early, quantity: 1 });
  expect(await codeOf(block(resourceId, { ...early, quantity: 1 }))).toBe(201);
  expect(await codeOf(book(resourceId, late))).toBe(201);
  await world.call("DELETE", `${path(resourceId)}/${String(filler.body["blockId"])}`, admin);
  const throughout = { startsAt: early.startsAt, endsAt: late.endsAt };
  expect(await codeOf(block(resourceId, { ...throughout, quantity: 1 }))).toBe(201);
  expect(await codeOf(book(resourceId, early))).toBe("booking/slot-taken");
});

test("a block of all units takes those too that the resource is given later", async () => {
  const vendorId = newId("vnd");
  const resourceId = await world.publish({ capacity: 1 }, vendorId);
  const at = slotAt(6);
  await block(resourceId, at);
  const one = slotAt(6, 4);
  await block(resourceId, { ...one, quantity: 1 });
  await world.publish({ capacity: 3 }, vendorId, { resourceId, version: 2 });
  expect(await codeOf(book(resourceId, at))).toBe("booking/slot-taken");
  expect(await codeOf(book(resourceId, one, 2))).toBe(201);
  await world.publish({ capacity: 1 }, vendorId, { resourceId, version: 3 });
  await world.publish({ capacity: 2 }, vendorId, { resourceId, version: 4 });
  expect(await codeOf(book(resourceId, at))).toBe("booking/slot-taken");
});

test("guests and a block that race for the last unit: one of them has it", async () => {
  const resourceId = await world.publish();
  const at = slotAt(7);
  const outcomes = await Promise.all([
    ...Array.from({ length: 5 }, () => codeOf(book(resourceId, at))),
    ...Array.from({ length: 5 }, () => codeOf(block(resourceId, at))),
  ]);
  expect(outcomes.filter((outcome) => outcome === 201)).toHaveLength(1);
  expect(await takenUnits(resourceId)).toBe(1);
});

test("a repeated request makes one block", async () => {
  const resourceId = await world.publish();
  const again = () =>
    world.call("POST", path(resourceId), admin, { ...slotAt(8), reason }, { "idempotency-key": "again" });
  const [first, second] = [await again(), await again()];
  expect(second.body["blockId"]).toBe(first.body["blockId"]);
  expect(await takenUnits(resourceId)).toBe(1);
});

test("only the vendor's owners and managers, and administrators, may; to others there is no such resource", async () => {
  const vendorId = newId("vnd");
  const resourceId = await world.publish({}, vendorId);
  const person = (): Caller => ({ userId: newId("usr"), roles: ["vendor"] });
  const join = async (role: string) => {
    const one = person();
    await world.sql.query("insert into vendor_members values ($1, $2, $3, 1)", [vendorId, one.userId, role]);
    return one;
  };
  const outcomes = [];
  const people = [await join("owner"), await join("manager"), await join("staff"), person(), newCustomer()];
  for (const [index, as] of people.entries())
    outcomes.push(await codeOf(block(resourceId, slotAt(9, 2 * index), as)));
  const none = "booking/resource-not-found";
  expect(outcomes).toEqual([201, 201, none, none, "auth/forbidden"]);
  const { body } = await world.call("GET", path(resourceId), people[0]!);
  const blockId = (body["items"] as { blockId: Id<"blk"> }[])[0]!.blockId;
  expect(await codeOf(world.call("DELETE", `${path(resourceId)}/${blockId}`, people[3]!))).toBe(none);
  expect(await codeOf(world.call("GET", path(resourceId), people[3]!))).toBe(none);
  const other = await world.publish({}, vendorId);
  expect(await codeOf(world.call("DELETE", `${path(other)}/${blockId}`, people[0]!))).toBe(
    "booking/block-not-found",
  );
});

test("blocks that are long over are forgotten with what they took, and no others", async () => {
  const resourceId = await world.publish();
  await block(resourceId, slotAt(10));
  await block(resourceId, { startsAt: "2026-01-01T10:00:00Z", endsAt: "2026-01-01T11:00:00Z" });
  expect(await takenUnits(resourceId)).toBe(2);
  const { options } = world.sql;
  await using database = openDatabase<BookingTables>({
    url: options.connectionString ?? "",
    poolSize: 1,
    applicationName: "forgetter",
    log: createLogger("test", "silent"),
  });
  const forget = createPastForgetter({ db: database.db, clock: createClock({ test: false }) });
  await until("the walk to end", async () => !(await forget()));
  expect(await takenUnits(resourceId)).toBe(1);
  const { body } = await world.call("GET", path(resourceId), admin);
  expect(body["items"]).toHaveLength(1);
});
