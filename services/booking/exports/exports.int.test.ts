import { newId, type Id } from "@holdfast/contracts/ids";
import { parse } from "csv-parse/sync";
import ICAL from "ical.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Caller } from "../booking-world.fixture.ts";
import { exportedMax } from "./exported-bookings.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const rowsOf = (text: string) => parse(text, { columns: true }) as Record<string, string>[];

async function bookAt(guest: Caller, resourceId: Id<"res">, at: object): Promise<string> {
  const { status, body } = await world.book(guest, { resourceId, ...at });
  expect(status).toBe(201);
  return String(body["bookingId"]);
}

const columnsOf = (rows: Record<string, string>[], name: string) => rows.map((row) => row[name]);

test("a guest takes their own bookings along as a table: exact amounts, instants and wall clocks, newest first", async () => {
  const guest = newCustomer();
  const tokyo = await world.publish({
    title: "Room, large",
    zone: "Asia/Tokyo",
    price: { per: "hour", amountMinor: 1250, currency: "JPY" },
  });
  const kuwait = await world.publish({
    title: "Desk",
    zone: "Asia/Kuwait",
    price: { per: "hour", amountMinor: 70, currency: "KWD" },
  });
  const at = { startsAt: "2026-12-10T15:00:00Z", endsAt: "2026-12-10T16:00:00Z" };
  const first = await bookAt(guest, tokyo, at);
  const second = await bookAt(guest, kuwait, at);
  await bookAt(newCustomer(), tokyo, slotAt(12));
  const { status, text, headers } = await world.file("/v1/bookings.csv", guest);
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(headers.get("content-disposition")).toContain('"bookings.csv"');
  const rows = rowsOf(text);
  expect(rows).toMatchObject([
    { bookingId: second, resourceTitle: "Desk", totalMinor: "70", total: "0.070", currency: "KWD" },
    {
      bookingId: first,
      resourceTitle: "Room, large",
      status: "held",
      ...at,
      localStart: "2026-12-11 00:00",
      localEnd: "2026-12-11 01:00",
      zone: "Asia/Tokyo",
      totalMinor: "1250",
      total: "1250",
      currency: "JPY",
      quantity: "1",
    },
  ]);
  const narrowed = async (query: string) =>
    columnsOf(rowsOf((await world.file(`/v1/bookings.csv?${query}`, guest)).text), "bookingId");
  expect(await narrowed(`resourceId=${tokyo}`)).toEqual([first]);
  expect(await narrowed("status=cancelled")).toEqual([]);
  expect(await narrowed("from=2026-12-10T16:00:00Z")).toEqual([]);
  expect(await narrowed("to=2026-12-10T16:00:00Z")).toEqual([second, first]);
});

test.for(['=HYPERLINK("http://example.com")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"])(
  "a title that a spreadsheet would run is text in it: %s",
  async (title) => {
    const guest = newCustomer();
    await bookAt(guest, await world.publish({ title }), slotAt(13));
    const [row] = rowsOf((await world.file("/v1/bookings.csv", guest)).text);
    expect(row?.["resourceTitle"]).toBe(`'${title}`);
  },
);

test("a title cannot break out of its cell", async () => {
  const guest = newCustomer();
  const title = 'Said "so";\r\nnext,line';
  await bookAt(guest, await world.publish({ title }), slotAt(13));
  expect(columnsOf(rowsOf((await world.file("/v1/bookings.csv", guest)).text), "resourceTitle")).toEqual([
    title,
  ]);
});

test("a guest takes their own bookings along as a calendar, under the UIDs of their confirmations", async () => {
  const guest = newCustomer();
  const resourceId = await world.publish({ title: "Chair; by the window" });
  const [kept, dropped] = [slotAt(14), slotAt(14, 4)];
  const first = await bookAt(guest, resourceId, kept);
  const second = await bookAt(guest, resourceId, dropped);
  await world.call("POST", `/v1/bookings/${second}/cancel`, guest);
  const { text, headers } = await world.file("/v1/bookings.ics", guest);
  expect(headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  const events = new ICAL.Component(ICAL.parse(text) as unknown[]).getAllSubcomponents("vevent");
  const told = events.map((component) => {
    const event = new ICAL.Event(component);
    const startsAt = Temporal.Instant.fromEpochMilliseconds(event.startDate.toUnixTime() * 1000).toString();
    return {
      uid: event.uid,
      title: event.summary,
      startsAt,
      status: component.getFirstPropertyValue("status"),
    };
  });
  const title = "Chair; by the window";
  expect(told).toEqual([
    { uid: `${second}@holdfast`, title, startsAt: dropped.startsAt, status: "CANCELLED" },
    { uid: `${first}@holdfast`, title, startsAt: kept.startsAt, status: "TENTATIVE" },
  ]);
  const nobody = await world.file("/v1/bookings.ics", newCustomer());
  expect(new ICAL.Component(ICAL.parse(nobody.text) as unknown[]).getAllSubcomponents("vevent")).toEqual([]);
});

test("a booking of several resources is an event for each, at its own time", async () => {
  const [guest, vendorId] = [newCustomer(), newId("vnd")];
  const [stylist, chair] = [
    await world.publish({ title: "Stylist" }, vendorId),
    await world.publish({ title: "Chair" }, vendorId),
  ];
  const [at, later] = [slotAt(15), slotAt(15, 4)];
  const bookingId = await bookAt(guest, stylist, { ...at, also: [{ resourceId: chair, ...later }] });
  const { text } = await world.file("/v1/bookings.ics", guest);
  const events = new ICAL.Component(ICAL.parse(text) as unknown[]).getAllSubcomponents("vevent");
  const told = events
    .map((component) => new ICAL.Event(component))
    .map(({ uid, summary }) => ({ uid, summary }));
  expect(told).toEqual([
    { uid: `${bookingId}@holdfast`, summary: "Stylist" },
    { uid: `${bookingId}-1@holdfast`, summary: "Chair" },
  ]);
  const [row] = rowsOf((await world.file("/v1/bookings.csv", guest)).text);
  expect(row?.["takenAlong"]).toBe("Chair");
});

test("a vendor's people take its bookings along, and nobody else does", async () => {
  const vendorId = newId("vnd");
  const ours = await bookAt(newCustomer(), await world.publish({}, vendorId), slotAt(16));
  await bookAt(newCustomer(), await world.publish(), slotAt(16));
  const staff: Caller = { userId: newId("usr"), roles: ["vendor"] };
  await world.sql.query("insert into vendor_members values ($1, $2, 'staff', 1)", [vendorId, staff.userId]);
  const path = `/v1/vendors/${vendorId}/bookings.csv`;
  expect(columnsOf(rowsOf((await world.file(path, staff)).text), "bookingId")).toEqual([ours]);
  const stranger: Caller = { userId: newId("usr"), roles: ["vendor"] };
  expect((await world.file(path, stranger)).text).toContain("booking/vendor-not-found");
  expect((await world.file(path, newCustomer())).status).toBe(403);
  expect((await world.file(path, null)).status).toBe(401);
});

test("holds all of as many as a file can, in pages that nobody sees, and refuses one more", async () => {
  const guest = newCustomer();
  const sample = await bookAt(guest, await world.publish(), slotAt(17));
  const copy = async (count: number) => {
    const { rows } = await world.sql.query<{ list: string }>(
      `select string_agg(quote_ident(column_name), ', ') as list from information_schema.columns
       where table_schema = current_schema() and table_name = 'bookings' and column_name <> 'booking_id'`,
    );
    const columns = rows[0]!.list;
    await world.sql.query(
      `insert into bookings (booking_id, ${columns})
       select 'bkg_' || $2 || lpad(n::text, 25, '0'), ${columns} from bookings, generate_series(1, $3::integer) n
       where booking_id = $1`,
      [sample, count === 1 ? "2" : "1", count],
    );
  };
  await copy(exportedMax - 1);
  const whole = rowsOf((await world.file("/v1/bookings.csv", guest)).text);
  const calendar = (await world.file("/v1/bookings.ics", guest)).text;
  expect(new Set(columnsOf(whole, "bookingId")).size).toBe(exportedMax);
  expect(calendar.match(/^BEGIN:VEVENT/gm)).toHaveLength(exportedMax);
  await copy(1);
  for (const kind of ["csv", "ics"]) {
    const refused = await world.file(`/v1/bookings.${kind}`, guest);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("booking/export-too-large");
  }
  await world.sql.query("delete from bookings where booking_id <> $1 and customer_id = $2", [
    sample,
    guest.userId,
  ]);
});
