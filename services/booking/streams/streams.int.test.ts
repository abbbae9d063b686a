import { newId, type Id } from "@holdfast/contracts/ids";
import type { EventReader } from "@holdfast/testkit/services/event-reader";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GuestStay } from "../booking-life.fixture.ts";
import { BookingWorld, newCustomer, slotAt, type Caller } from "../booking-world.fixture.ts";

let world: BookingWorld;
let chair: Id<"res">;
let nextDay = 3;
const vendorId = newId("vnd");
const staff: Caller = { userId: newId("usr"), roles: ["vendor"] };

beforeAll(async () => {
  world = await BookingWorld.start();
  chair = await world.publish({}, vendorId);
  await world.sql.query(
    "insert into vendor_members (vendor_id, user_id, role, version) values ($1, $2, 'staff', 1)",
    [vendorId, staff.userId],
  );
});
afterAll(() => world[Symbol.asyncDispose]());

const slot = () => ({ resourceId: chair, ...slotAt(nextDay++) });
const streamOf = (stay: GuestStay, as: Caller = stay.guest, lastEventId?: string) =>
  world.stream(`/v1/bookings/${stay.bookingId}/stream`, as, lastEventId);
const mine = (as: Caller, lastEventId?: string) => world.stream("/v1/me/stream", as, lastEventId);

const sorted = (ids: readonly string[]) => ids.toSorted((one, other) => (one < other ? -1 : 1));
const idsOf = (stream: EventReader) => sorted(stream.events.map(({ id }) => String(id)));

async function openStreams(): Promise<number> {
  const { text } = await world.file("/metrics", null);
  return Number(/^booking_streams_open\{.*\} (\d+)$/m.exec(text)?.[1]);
}

/** What the ledger knows of a booking, in order. */
async function ledgerOf(bookingId: string): Promise<{ id: string; type: string }[]> {
  const { rows } = await world.sql.query<{ id: string; type: string }>(
    `select id, subject as type from outbox where envelope ->> 'subject' = $1
     order by (envelope ->> 'aggregateversion')::int, id`,
    [bookingId],
  );
  return rows;
}

describe("the stream of a booking", () => {
  test("begins with the booking as it stands, and tells each change with its event's id and the booking", async () => {
    const stay = await GuestStay.held(world, slot());
    using stream = await streamOf(stay);
    expect([stream.status, stream.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const first = await stream.told("booking");
    expect(first.data).toMatchObject({ bookingId: stay.bookingId, status: "held", version: 1 });
    await stay.authorise();
    const confirmed = await stream.told("booking.confirmed.v1");
    expect(confirmed.data).toMatchObject({ bookingId: stay.bookingId, status: "confirmed" });
    const ledger = await ledgerOf(stay.bookingId);
    expect([first.id, confirmed.id]).toEqual(ledger.map(({ id }) => id));
    expect(stream.text.startsWith("retry: 2000\n\n")).toBe(true);
  });

  test("goes on after the last event its client was told of: everything missed, once and in order", async () => {
    const stay = await GuestStay.held(world, slot());
    const before = await streamOf(stay);
    await before.told("booking");
    before[Symbol.dispose]();
    await stay.authorise();
    await stay.reaches((row) => row.status === "confirmed");
    using stream = await streamOf(stay, stay.guest, before.lastEventId);
    await stream.told("booking.confirmed.v1");
    await stay.call("POST", "/call-off", { reason: "The pipe burst" }, staff);
    await stream.told("booking.cancelled.v1");
    const ledger = await ledgerOf(stay.bookingId);
    expect(stream.events.map(({ id, event }) => ({ id, type: event }))).toEqual(ledger.slice(1));
  });

  test.each([
    ["unknown", newId("evt")],
    ["malformed", "evt_1' or true"],
  ])("begins anew where the last event it names is %s", async (_, lastEventId) => {
    const stay = await GuestStay.held(world, slot());
    using stream = await streamOf(stay, stay.guest, lastEventId);
    expect((await stream.told("booking")).data).toMatchObject({ bookingId: stay.bookingId });
  });

  test("begins anew where the last event it names is about another booking", async () => {
    const other = await GuestStay.held(world, slot());
    const stay = await GuestStay.held(world, slot(), other.guest);
    const [about] = await ledgerOf(other.bookingId);
    using stream = await streamOf(stay, stay.guest, about!.id);
    await stream.told("booking");
    expect(stream.types).toEqual(["booking"]);
  });

  test("is for its guest, the vendor's people and administrators; for others there is no such booking", async () => {
    const stay = await GuestStay.held(world, slot());
    const admin: Caller = { userId: newId("usr"), roles: ["admin"] };
    const seen = await Promise.all(
      [stay.guest, staff, admin, newCustomer()].map(async (caller) => {
        using stream = await streamOf(stay, caller);
        return stream.status;
      }),
    );
    expect(seen).toEqual([200, 200, 200, 404]);
  });

  test("has no HEAD, which nobody would ever end", async () => {
    const stay = await GuestStay.held(world, slot());
    const reply = await world.call("HEAD", `/v1/bookings/${stay.bookingId}/stream`, stay.guest);
    expect(reply.status).toBe(405);
  });
});

describe("the stream of a guest", () => {
  test("tells of all their bookings and of nobody else's, on whichever replica they are made", async () => {
    await using replica = await world.startReplica();
    const guest = newCustomer();
    using stream = await replica.stream("/v1/me/stream", guest);
    const stranger = await GuestStay.held(world, slot());
    const own = await GuestStay.held(world, slot(), guest);
    await stream.told("booking.held.v1", own.bookingId);
    await own.authorise();
    await stream.told("booking.confirmed.v1", own.bookingId);
    expect(stream.events.some(({ data }) => data["bookingId"] === stranger.bookingId)).toBe(false);
    expect(stream.types).toEqual(["booking.held.v1", "booking.confirmed.v1"]);
  });

  test("tells what was missed of every booking, and of the one last told of nothing twice", async () => {
    const guest = newCustomer();
    const one = await GuestStay.held(world, slot(), guest);
    const [held] = await ledgerOf(one.bookingId);
    const other = await GuestStay.held(world, slot(), guest);
    await one.authorise();
    await one.reaches((row) => row.status === "confirmed");
    using stream = await mine(guest, held!.id);
    await stream.told("booking.held.v1", other.bookingId);
    await stream.told("booking.confirmed.v1", one.bookingId);
    const ids = [...(await ledgerOf(one.bookingId)), ...(await ledgerOf(other.bookingId))].map(
      ({ id }) => id,
    );
    expect(idsOf(stream)).toEqual(sorted(ids.filter((id) => id !== held!.id)));
  });

  test("says that it begins anew where it cannot go on", async () => {
    using stream = await mine(newCustomer(), newId("evt"));
    expect((await stream.told("restarted")).id).toBeUndefined();
  });
});

test("no change is missed and none told twice by streams that begin while bookings change", async () => {
  const guest = newCustomer();
  const before = await GuestStay.held(world, slot(), guest);
  const [known] = await ledgerOf(before.bookingId);
  const streams = [];
  const stays: GuestStay[] = [];
  for (let round = 0; round < 6; round += 1) {
    const opening = mine(guest, known!.id);
    const stay = GuestStay.held(world, slot(), guest);
    streams.push(await opening);
    stays.push(await stay);
    await stays.at(-1)!.authorise();
  }
  for (const stay of stays) await stay.reaches((row) => row.status === "confirmed");
  // By what they tell: one that arrives after another with a later id has none, so that the client goes not back.
  const expected = sorted(
    stays.flatMap(({ bookingId }) => [`${bookingId} booking.confirmed.v1`, `${bookingId} booking.held.v1`]),
  );
  for (const stream of streams) {
    await until("everything to be told", () => stream.events.length >= expected.length);
    expect(sorted(stream.events.map(({ event, data }) => `${String(data["bookingId"])} ${event}`))).toEqual(
      expected,
    );
    stream[Symbol.dispose]();
  }
});

describe("a stream ends", () => {
  test("with its token", async () => {
    // Five seconds that clocks may differ by are left to a token that has expired.
    const guest = { ...newCustomer(), lifetimeSeconds: -3 };
    using stream = await mine(guest);
    expect(stream.status).toBe(200);
    await stream.ended();
  });

  test("with its process, at once", async () => {
    const replica = await world.startReplica();
    using stream = await replica.stream("/v1/me/stream", newCustomer());
    const startedAt = performance.now();
    await Promise.all([replica[Symbol.asyncDispose](), stream.ended()]);
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  test("with its client, and leaves nothing behind", async () => {
    await until("no stream to be open", async () => (await openStreams()) === 0);
    const guest = newCustomer();
    const streams = await Promise.all(Array.from({ length: 10 }, () => mine(guest)));
    expect(await openStreams()).toBe(10);
    const refused = await mine(guest);
    await refused.ended();
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([
      429,
      { code: "booking/too-many-streams" },
    ]);
    for (const stream of streams) stream[Symbol.dispose]();
    await until("all of them to be forgotten", async () => (await openStreams()) === 0);
    using again = await mine(guest);
    expect(again.status).toBe(200);
  });
});

test("what was missed is read off the index of events by subject", async () => {
  const { rows } = await world.sql.query<{ "QUERY PLAN": string }>(
    `explain select id from outbox where (envelope ->> 'subject') collate "C" = any($1) and published_at is not null`,
    [[newId("bkg")]],
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("outbox_of_subject");
});
