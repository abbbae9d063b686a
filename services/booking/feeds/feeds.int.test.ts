import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newCustomer, slotAt, type BookingWorld, type Caller } from "../booking-world.fixture.ts";
import { admin, calendarOf, FeedWorld, feedsOf } from "./feed-world.fixture.ts";

let world: FeedWorld;
let booking: BookingWorld;
beforeAll(async () => {
  world = await FeedWorld.start();
  booking = world.booking;
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  world.asked.length = 0;
});

const versionOf = async (resourceId: string) =>
  (
    await booking.sql.query<{ version: string }>("select version from calendars where resource_id = $1", [
      resourceId,
    ])
  ).rows[0]!.version;

test("what another calendar is busy with cannot be booked here, and can again once it is gone there", async () => {
  const resourceId = await booking.publish();
  const [busy, other] = [slotAt(3), slotAt(3, 4)];
  world.published = calendarOf(busy);
  await world.follow(resourceId);
  expect(await world.view(resourceId)).toMatchObject({
    stale: false,
    lastError: null,
    conflictCount: 0,
    skippedEvents: 0,
  });
  expect(await world.statusOf(resourceId, busy)).toBe("booking/slot-taken");
  world.published = calendarOf(other);
  await world.syncAgain(resourceId);
  expect(await world.statusOf(resourceId, busy)).toBe(201);
  expect(await world.statusOf(resourceId, other)).toBe("booking/slot-taken");
});

test("a sync writes only what differs: nothing, for the same times under new UIDs", async () => {
  const resourceId = await booking.publish({ capacity: 2 });
  const [one, two, three] = [slotAt(4), slotAt(4, 4), slotAt(4, 8)];
  world.published = calendarOf(one, one, two);
  await world.follow(resourceId);
  const [blocks, version] = [await world.blocksOf(resourceId), await versionOf(resourceId)];
  expect(blocks).toHaveLength(3);
  world.published = calendarOf(two, one, one);
  await world.syncAgain(resourceId);
  expect(await world.blocksOf(resourceId)).toEqual(blocks);
  expect(await versionOf(resourceId)).toBe(version);
  world.published = calendarOf(one, two, three);
  await world.syncAgain(resourceId);
  const after = await world.blocksOf(resourceId);
  expect(after.filter((id) => blocks.includes(id))).toHaveLength(2);
  expect(after).toHaveLength(3);
});

test("a file that is as it was is not sent again", async () => {
  const resourceId = await booking.publish();
  world.published = calendarOf(slotAt(5));
  await world.follow(resourceId);
  await world.syncAgain(resourceId);
  expect(world.asked).toEqual([undefined, expect.stringMatching(/END:VCALENDAR/)]);
  expect(await world.blocksOf(resourceId)).toHaveLength(1);
  // Under other rules all of it is read anew.
  await booking.sql.query("update feeds set read_resource_version = 0");
  await world.syncAgain(resourceId);
  expect(world.asked.at(-1)).toBeUndefined();
});

test("where no unit is free it is a conflict: shown, nothing booked is touched, and tried again at each sync", async () => {
  const resourceId = await booking.publish();
  const busy = slotAt(6);
  const booked = await booking.book(newCustomer(), { resourceId, ...busy });
  world.published = calendarOf(busy);
  await world.follow(resourceId);
  expect(await world.view(resourceId)).toMatchObject({
    conflicts: [busy],
    conflictCount: 1,
    lastError: null,
  });
  expect(await world.blocksOf(resourceId)).toEqual([]);
  await booking.answerPayment(booked.body["bookingId"], "declined");
  await until("the booking to be over", async () => {
    const { rowCount } = await booking.sql.query(
      "select from bookings where booking_id = $1 and status = 'declined'",
      [booked.body["bookingId"]],
    );
    return rowCount === 1;
  });
  // The file itself is not sent again: it is as it was.
  await world.syncAgain(resourceId);
  expect(world.asked.at(-1)).toBeDefined();
  expect(await world.view(resourceId)).toMatchObject({ conflicts: [], conflictCount: 0 });
  expect(await world.statusOf(resourceId, busy)).toBe("booking/slot-taken");
});

test("takes a unit wherever one is free at every moment, whatever the labels", async () => {
  const resourceId = await booking.publish({ capacity: 2 });
  const [early, late] = [slotAt(7, 0), slotAt(7, 2)];
  const first = await booking.book(newCustomer(), { resourceId, ...early });
  await booking.book(newCustomer(), { resourceId, ...early });
  await booking.book(newCustomer(), { resourceId, ...late });
  await booking.sql.query("delete from allocations where booking_id = $1", [first.body["bookingId"]]);
  world.published = calendarOf({ startsAt: early.startsAt, endsAt: late.endsAt });
  await world.follow(resourceId);
  expect(await world.view(resourceId)).toMatchObject({ conflictCount: 0 });
});

test.for([
  [500, "refused"],
  ["<html>Sign in</html>", "not-a-calendar"],
] as const)(
  "keeps what it took while the other side answers %s, and says what is wrong",
  async ([answer, error]) => {
    const resourceId = await booking.publish();
    const busy = slotAt(8);
    world.published = calendarOf(busy);
    await world.follow(resourceId);
    world.published = answer;
    await booking.sql.query("update feeds set read_at = null");
    await world.syncAgain(resourceId);
    expect(await world.view(resourceId)).toMatchObject({ lastError: error, stale: false });
    expect(await world.statusOf(resourceId, busy)).toBe("booking/slot-taken");
  },
);

test("one that closes the resource when stale does so until it was read again, and before it ever was", async () => {
  const resourceId = await booking.publish();
  const at = slotAt(9);
  const closed = "booking/resource-not-bookable";
  world.published = 503;
  const feedId = await world.follow(resourceId, { whenStale: "close", staleAfterMinutes: 15 });
  expect(await world.statusOf(resourceId, at)).toBe(closed);
  world.published = calendarOf();
  await world.syncAgain(resourceId);
  expect(await world.statusOf(resourceId, at)).toBe(201);
  const later = slotAt(9, 4);
  await booking.sql.query("update calendars set stale_at = now() where resource_id = $1", [resourceId]);
  expect(await world.statusOf(resourceId, later)).toBe(closed);
  const date = later.startsAt.slice(0, 10);
  const slots = await booking.call("GET", `/v1/resources/${resourceId}/slots?from=${date}&to=${date}`, null);
  expect(slots.body["code"]).toBe(closed);
  await world.syncAgain(resourceId);
  expect(await world.statusOf(resourceId, later)).toBe(201);
  // Its age is what counts, and whose rule it is.
  const { rows } = await booking.sql.query<{ minutes: number }>(
    `select round(extract(epoch from stale_at - synced_at) / 60)::integer as minutes
     from calendars join feeds using (calendar_id) where feed_id = $1`,
    [feedId],
  );
  expect(rows[0]?.minutes).toBe(15);
  await booking.call("PATCH", `${feedsOf(resourceId)}/${feedId}`, admin, { whenStale: "keep" });
  const { rowCount } = await booking.sql.query(
    "select from calendars where resource_id = $1 and stale_at is null",
    [resourceId],
  );
  expect(rowCount).toBe(1);
});

test("what it took is free again once the feed is deleted", async () => {
  const resourceId = await booking.publish();
  const busy = slotAt(10);
  world.published = calendarOf(busy);
  const feedId = await world.follow(resourceId, { whenStale: "close" });
  const [blockId] = await world.blocksOf(resourceId);
  const refused = await booking.call("DELETE", `/v1/resources/${resourceId}/blocks/${blockId}`, admin);
  expect(refused.body["code"]).toBe("booking/block-of-feed");
  expect((await booking.call("DELETE", `${feedsOf(resourceId)}/${feedId}`, admin)).status).toBe(204);
  expect(await world.blocksOf(resourceId)).toEqual([]);
  expect(await world.statusOf(resourceId, busy)).toBe(201);
  const again = await booking.call("DELETE", `${feedsOf(resourceId)}/${feedId}`, admin);
  expect(again.body["code"]).toBe("booking/feed-not-found");
});

test("an address with a login in it, or of no web server, names its field; strangers are told of no resource", async () => {
  const resourceId = await booking.publish();
  const create = (sent: object, as: Caller = admin) => booking.call("POST", feedsOf(resourceId), as, sent);
  for (const url of ["https://user:word@example.com/c.ics", "file:///etc/passwd", "calendar"]) {
    expect(await create({ url })).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ field: "url" })]) },
    });
  }
  const stranger: Caller = { userId: newId("usr"), roles: ["vendor"] };
  const none = { status: 404, body: { code: "booking/resource-not-found" } };
  expect(await create({ url: "https://example.com/c.ics" }, stranger)).toMatchObject(none);
  expect(await booking.call("GET", feedsOf(resourceId), stranger)).toMatchObject(none);
  const link = `/v1/resources/${resourceId}/calendar-link`;
  expect(await booking.call("POST", link, stranger)).toMatchObject(none);
  expect(await booking.call("DELETE", link, stranger)).toMatchObject(none);
});
