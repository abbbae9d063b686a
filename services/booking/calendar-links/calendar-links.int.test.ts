import type { Id } from "@holdfast/contracts/ids";
import ICAL from "ical.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newCustomer, slotAt, type BookingWorld } from "../booking-world.fixture.ts";
import { admin, calendarOf, FeedWorld, type Stretch } from "../feeds/feed-world.fixture.ts";

let world: FeedWorld;
let booking: BookingWorld;
beforeAll(async () => {
  world = await FeedWorld.start();
  booking = world.booking;
});
afterAll(() => world[Symbol.asyncDispose]());

/** A secret address of the resource's calendar. */
async function linkOf(resourceId: Id<"res">, sent?: object): Promise<string> {
  const { status, body } = await booking.call(
    "POST",
    `/v1/resources/${resourceId}/calendar-link`,
    admin,
    sent,
  );
  expect(status).toBe(201);
  return String(body["url"]);
}

function busyIn(text: string): Stretch[] {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const instant = (time: ICAL.Time) =>
    Temporal.Instant.fromEpochMilliseconds(time.toUnixTime() * 1000).toString();
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return { startsAt: instant(event.startDate), endsAt: instant(event.endDate) };
  });
}

test("a resource's calendar tells when it is busy, and nothing of whom; a new address ends the old", async () => {
  const resourceId = await booking.publish({ title: "Dr. Mabuse's couch" });
  const guest = newCustomer();
  const [booked, blocked, elsewhereBusy] = [slotAt(11), slotAt(11, 4), slotAt(11, 8)];
  const { body } = await booking.book(guest, { resourceId, ...booked });
  await booking.call("POST", `/v1/resources/${resourceId}/blocks`, admin, {
    ...blocked,
    reason: "Secret works",
  });
  world.published = calendarOf(elsewhereBusy);
  await world.follow(resourceId);
  const url = await linkOf(resourceId);
  const { status, text, headers } = await booking.file(url, null);
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  expect(busyIn(text)).toEqual([booked, blocked]);
  for (const secret of [guest.userId, String(body["bookingId"]), "Mabuse", "Secret works", "somebody"])
    expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
  const etag = headers.get("etag") ?? "";
  expect(await booking.file(url, null, { "if-none-match": etag })).toMatchObject({ status: 304, text: "" });
  // Changed, it is told at once: the cache is of the calendar's version.
  await booking.book(guest, { resourceId, ...slotAt(11, 12) });
  const changed = await booking.file(url, null, { "if-none-match": etag });
  expect(busyIn(changed.text)).toHaveLength(3);
  const all = await linkOf(resourceId, { withFeeds: true });
  expect(busyIn((await booking.file(all, null)).text)).toHaveLength(4);
  expect(await booking.file(url, null)).toMatchObject({ status: 404 });
  await booking.call("DELETE", `/v1/resources/${resourceId}/calendar-link`, admin);
  expect((await booking.file(all, null)).text).toContain("booking/calendar-not-found");
  const kept = await booking.sql.query("select from calendar_links where token_hash = any($1)", [
    [url.slice(14, -4), all.slice(14, -4)],
  ]);
  expect(kept.rowCount).toBe(0);
});

test("one resource can follow another's calendar, in another zone, there and back without an echo", async () => {
  const [here, there] = [await booking.publish(), await booking.publish({ zone: "Asia/Kolkata" })];
  const booked = slotAt(12);
  const { body } = await booking.book(newCustomer(), { resourceId: here, ...booked });
  await world.follow(there, { url: booking.urlOf(await linkOf(here)) });
  expect(await world.statusOf(there, booked)).toBe("booking/slot-taken");
  await world.follow(here, { url: booking.urlOf(await linkOf(there)) });
  expect(await world.view(here)).toMatchObject({ conflictCount: 0, lastError: null });
  await booking.sql.query("delete from allocations where booking_id = $1", [body["bookingId"]]);
  await booking.sql.query("update calendars set version = version + 1 where resource_id = $1", [here]);
  await world.syncAgain(there);
  await world.syncAgain(here);
  expect([await world.blocksOf(here), await world.blocksOf(there)]).toEqual([[], []]);
});
