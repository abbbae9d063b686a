import { bookingHeld } from "@holdfast/contracts/events/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Reply } from "./booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** The resources with how many units are taken of them, ever. */
async function takenOf(...resourceIds: string[]): Promise<number[]> {
  const { rows } = await world.sql.query<{ taken: number }>(
    `select (select count(*)::integer from allocations join calendars using (calendar_id) where resource_id = id) taken
     from unnest($1::text[]) with ordinality r (id, at) order by at`,
    [resourceIds],
  );
  return rows.map((row) => row.taken);
}

const fieldOf = (reply: Reply) => (reply.body["errors"] as { field: string }[] | undefined)?.[0]?.field;

describe("several resources in one booking", () => {
  test("are taken together, priced by line, held as short as any of them is, and told to the others", async () => {
    const vendorId = newId("vnd");
    const stylist = await world.publish({ title: "Ana", holdMinutes: 20 }, vendorId);
    const price = { per: "hour", amountMinor: 1000, currency: "EUR" } as const;
    const chair = await world.publish(
      { title: "Chair 3", holdMinutes: 5, approval: { withinMinutes: 60 }, price },
      vendorId,
    );
    const slot = slotAt(3);
    const also = [{ resourceId: chair, endsAt: slotAt(3, 1).endsAt }];
    const reply = await world.book(newCustomer(), { resourceId: stylist, ...slot, also, people: 2 });
    expect(reply.status).toBe(201);
    const { body } = reply;
    expect(body).toMatchObject({
      people: 2,
      also: [
        {
          resourceId: chair,
          resourceTitle: "Chair 3",
          startsAt: slot.startsAt,
          endsAt: slotAt(3, 1).endsAt,
          quantity: 1,
        },
      ],
      total: { amountMinor: 7500, currency: "EUR" },
      policies: { approval: { withinMinutes: 60 } },
    });
    const lines = body["lines"] as { resourceId?: string; amountMinor: number }[];
    expect(lines.map((line) => [line.resourceId, line.amountMinor])).toEqual([
      [undefined, 6000],
      [chair, 1500],
    ]);
    const heldMs = Date.parse(String(body["holdExpiresAt"])) - Date.parse(String(body["createdAt"]));
    expect(heldMs).toBe(5 * 60_000);
    const held = await until("the hold", async () =>
      (await world.tap.collected(bookingHeld)).find((event) => event.subject === body["bookingId"]),
    );
    expect(held.data).toMatchObject({ people: 2, also: [{ resourceId: chair }] });
    expect(await takenOf(stylist, chair)).toEqual([1, 1]);
  });

  test("are not taken at all where one of them is taken, and the refusal says which", async () => {
    const vendorId = newId("vnd");
    const [doctor, room] = [await world.publish({}, vendorId), await world.publish({}, vendorId)];
    expect((await world.book(newCustomer(), { resourceId: room, ...slotAt(3, 1) })).status).toBe(201);
    const guest = newCustomer();
    const refused = await world.book(guest, {
      resourceId: doctor,
      ...slotAt(3),
      also: [{ resourceId: room }],
    });
    expect(refused.body).toMatchObject({ code: "booking/slot-taken", free: 0, resourceId: room });
    const rows = await world.sql.query("select 1 from bookings where customer_id = $1", [guest.userId]);
    expect([rows.rowCount, await takenOf(doctor, room)]).toEqual([0, [0, 1]]);
  });

  test("are all free again when the booking is cancelled", async () => {
    const vendorId = newId("vnd");
    const [doctor, room] = [await world.publish({}, vendorId), await world.publish({}, vendorId)];
    const [guest, asked] = [
      newCustomer(),
      { resourceId: doctor, ...slotAt(3), also: [{ resourceId: room }] },
    ];
    const held = await world.book(guest, asked);
    await world.call("POST", `/v1/bookings/${String(held.body["bookingId"])}/cancel`, guest);
    expect(await takenOf(doctor, room)).toEqual([0, 0]);
    expect((await world.book(newCustomer(), asked)).status).toBe(201);
  });

  test("may be the same one twice: what both parts take adds up", async () => {
    const resourceId = await world.publish({ capacity: 3 });
    const asked = { resourceId, ...slotAt(3), quantity: 2 };
    const over = await world.book(newCustomer(), { ...asked, also: [{ resourceId, quantity: 2 }] });
    expect(over.body).toMatchObject({ code: "booking/slot-taken", free: 1 });
    const fits = await world.book(newCustomer(), { ...asked, also: [{ resourceId, quantity: 1 }] });
    expect([fits.status, await takenOf(resourceId)]).toEqual([201, [3]]);
  });

  test.each([
    ["of another vendor", {}, newId("vnd"), {}, 422, "booking/parts-do-not-fit", "also.0.resourceId"],
    [
      "charged in another currency",
      { price: { per: "hour", amountMinor: 900, currency: "JPY" } as const },
      undefined,
      {},
      422,
      "booking/parts-do-not-fit",
      "also.0.resourceId",
    ],
    [
      "at a time its own rules forbid",
      {},
      undefined,
      { startsAt: "2027-01-04T10:10:00Z", endsAt: "2027-01-04T11:10:00Z" },
      422,
      "booking/time-not-bookable",
      "also.0.startsAt",
    ],
    [
      "with an end before its start",
      {},
      undefined,
      { endsAt: slotAt(2).endsAt },
      422,
      "booking/time-not-bookable",
      "also.0.endsAt",
    ],
    [
      "that nobody published",
      {},
      undefined,
      { resourceId: newId("res") },
      404,
      "booking/resource-not-bookable",
      "also.0.resourceId",
    ],
  ])("are refused with one %s", async (_, rules, otherVendor, part, status, code, field) => {
    const vendorId = newId("vnd");
    const main = await world.publish({}, vendorId);
    const other = await world.publish(rules, otherVendor ?? vendorId);
    const asked = { resourceId: main, ...slotAt(3), also: [{ resourceId: other, ...part }] };
    const reply = await world.book(newCustomer(), asked);
    expect([reply.status, reply.body["code"], fieldOf(reply)]).toEqual([status, code, field]);
    expect(await takenOf(main, other)).toEqual([0, 0]);
  });

  test("raced for in any order by two replicas are won as often as there are units, without a deadlock", async () => {
    const vendorId = newId("vnd");
    const both = [
      await world.publish({ capacity: 5 }, vendorId),
      await world.publish({ capacity: 5 }, vendorId),
    ];
    await using replica = await world.startReplica();
    const deadlocks = async () =>
      (
        await world.sql.query<{ deadlocks: string }>(
          "select deadlocks from pg_stat_database where datname = current_database()",
        )
      ).rows[0]!.deadlocks;
    const before = await deadlocks();
    const ask = (n: number) => {
      const [first, second] = n % 2 === 0 ? both : both.toReversed();
      const asked = {
        resourceId: first!,
        ...slotAt(4 + Math.floor(n / 20)),
        also: [{ resourceId: second! }],
      };
      return (n % 4 < 2 ? world : replica).book(newCustomer(), asked);
    };
    const held = "select from calendars where resource_id = any($1) for update";
    const replies = await world.meetAt(held, [both], () =>
      Promise.all(Array.from({ length: 20 }, (_, n) => ask(n))),
    );
    // Again and again in small batches, so that those of one replica meet those of the other in every way.
    for (let n = 20; n < 100; n += 4)
      replies.push(...(await Promise.all([ask(n), ask(n + 1), ask(n + 2), ask(n + 3)])));
    // Five units on each of five days.
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(25);
    expect(replies.filter((reply) => reply.body["code"] === "booking/slot-taken")).toHaveLength(75);
    expect([await takenOf(...both), await deadlocks()]).toEqual([[25, 25], before]);
  });
});

describe("units", () => {
  const hours = (from: number, to: number) => ({
    startsAt: slotAt(20, 2 * from).startsAt,
    endsAt: slotAt(20, 2 * to).startsAt,
  });

  test("asked for three of ten at a time are given three times, and of the last one not three", async () => {
    const resourceId = await world.publish({ capacity: 10 });
    const asked = { resourceId, ...slotAt(3), quantity: 3 };
    for (let n = 0; n < 3; n++)
      expect((await world.book(newCustomer(), asked)).body["total"]).toMatchObject({ amountMinor: 18_000 });
    expect((await world.book(newCustomer(), asked)).body).toMatchObject({
      code: "booking/slot-taken",
      free: 1,
    });
  });

  test("are dealt anew around a block and a booking of two resources, which keep what is theirs", async () => {
    const vendorId = newId("vnd");
    const [rooms, other] = [
      await world.publish({ capacity: 2 }, vendorId),
      await world.publish({}, vendorId),
    ];
    const guest = newCustomer();
    const early = await world.book(guest, { resourceId: rooms, ...hours(1, 2) });
    const pair = await world.book(guest, {
      resourceId: rooms,
      ...hours(1, 3),
      also: [{ resourceId: other }],
    });
    await world.call("POST", `/v1/bookings/${String(early.body["bookingId"])}/cancel`, guest);
    const blockId = await blockUnit(rooms, 1, hours(3, 4));
    // Free in pieces only: unit 1 from two to three, unit 2 from three to four. Both for both parts of one booking.
    const fits = await world.book(guest, {
      resourceId: rooms,
      ...hours(2, 4),
      also: [{ resourceId: other, ...hours(3, 4) }],
    });
    expect(fits.status).toBe(201);
    const owners = await world.sql.query(
      `select coalesce(booking_id, block_id) as owner, resource_id, count(*)::integer from allocations
       join calendars using (calendar_id) where resource_id = any($1) group by 1, 2 order by 1, 2`,
      [[rooms, other]],
    );
    const expected = [
      [blockId, rooms],
      [pair.body["bookingId"], rooms],
      [pair.body["bookingId"], other],
      [fits.body["bookingId"], rooms],
      [fits.body["bookingId"], other],
    ].map(([owner, resource_id]) => ({ owner, resource_id, count: 1 }));
    expect(new Set(owners.rows)).toEqual(new Set(expected));
  });

  async function blockUnit(
    resourceId: string,
    unit: number,
    time: { startsAt: string; endsAt: string },
  ): Promise<Id<"blk">> {
    const blockId = newId("blk");
    const of = [blockId, resourceId, time.startsAt, time.endsAt];
    await world.sql.query(
      `insert into blocks (block_id, calendar_id, starts_at, ends_at, quantity, reason, created_at)
       select $1, calendar_id, $3, $4, 1, 'Painting', now() from calendars where resource_id = $2`,
      of,
    );
    await world.sql.query(
      `insert into allocations (block_id, calendar_id, unit, during)
       select $1, calendar_id, $5, tstzrange($3, $4) from calendars where resource_id = $2`,
      [...of, unit],
    );
    return blockId;
  }
});

describe("people and extras", () => {
  const breakfast = {
    code: "breakfast",
    label: "Breakfast",
    per: "person",
    amountMinor: 900,
    maximum: 2,
  } as const;
  const withExtras = { per: "hour", amountMinor: 6000, currency: "EUR", extras: [breakfast] } as const;

  test("are counted against what the units take, and charged", async () => {
    const resourceId = await world.publish({ capacity: 3, peoplePerUnit: 2, price: withExtras as never });
    const asked = { resourceId, ...slotAt(3), quantity: 2, extras: [{ code: "breakfast" }] };
    const tooMany = await world.book(newCustomer(), { ...asked, people: 5 });
    expect([tooMany.status, tooMany.body["code"], fieldOf(tooMany)]).toEqual([
      422,
      "booking/too-many-people",
      "people",
    ]);
    const fits = await world.book(newCustomer(), { ...asked, people: 4 });
    expect(fits.body["total"]).toEqual({ amountMinor: 12_000 + 4 * 900, currency: "EUR" });
  });

  test.each([
    ["nobody offers", [{ code: "sauna" }], "extras.0.code"],
    ["more often than it may be had", [{ code: "breakfast", quantity: 3 }], "extras.0.quantity"],
    [
      "more often than it may be had, said in two pieces",
      [{ code: "breakfast" }, { code: "breakfast", quantity: 2 }],
      "extras.0.quantity",
    ],
  ])("an extra %s is refused", async (_, extras, field) => {
    const resourceId = await world.publish({ price: withExtras as never });
    const reply = await world.book(newCustomer(), { resourceId, ...slotAt(3), extras });
    expect([reply.status, reply.body["code"], fieldOf(reply)]).toEqual([422, "booking/extra-unknown", field]);
  });
});
