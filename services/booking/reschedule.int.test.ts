import {
  bookingCancelled,
  bookingChangeDropped,
  bookingChangeHeld,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GuestStay } from "./booking-life.fixture.ts";
import { BookingWorld, newCustomer, slotAt } from "./booking-world.fixture.ts";

let world: BookingWorld;
let nextDay = 3;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Half hours of one day: `on(20, 22)` is 10:00 to 11:00. An hour costs 60.00. */
const newDay = () => {
  const day = nextDay++;
  return (from: number, to: number) => ({
    startsAt: slotAt(day, from).startsAt,
    endsAt: slotAt(day, to).startsAt,
  });
};

/** How many times of half an hour are listed on the day of the slot. */
async function countListed(resourceId: string, { startsAt }: { readonly startsAt: string }): Promise<number> {
  const date = Temporal.Instant.from(startsAt).toZonedDateTimeISO("Europe/Lisbon").toPlainDate().toString();
  const reply = await world.call("GET", `/v1/resources/${resourceId}/slots?from=${date}&to=${date}`, null);
  return (reply.body["slots"] as unknown[]).length;
}

/** Can somebody else have that now? */
async function isFree(asked: object): Promise<boolean> {
  const reply = await world.book(newCustomer(), asked);
  expect([undefined, "booking/slot-taken"]).toContain(reply.body["code"]);
  return reply.status === 201;
}

describe("a move that costs no more", () => {
  test("takes the new time, frees the old one at once, and gives back the difference", async () => {
    const [resourceId, on] = [await world.publish(), newDay()];
    const stay = await GuestStay.paid(world, { resourceId, ...on(20, 24) });
    const reply = await stay.move(on(28, 30));
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ status: "confirmed", change: null, total: { amountMinor: 6000 } });
    expect(await stay.taken()).toEqual(["14:00-15:00"]);
    expect(await isFree({ resourceId, ...on(20, 24) })).toBe(true);
    const { data } = await stay.heard(bookingRescheduled);
    expect(data).toMatchObject({
      ...instants(on(28, 30)),
      previous: { ...instants(on(20, 24)), total: { amountMinor: 12_000 } },
      keepMinor: 6000,
      refundMinor: 6000,
    });
    expect((await stay.row()).saga_step).toBe("capture");
    await stay.refunded(6000);
    await stay.reaches((row) => row.saga_step === "stay");
    const { body } = await stay.call("GET", "/timeline");
    expect(body["entries"]).toContainEqual(
      expect.objectContaining({
        what: "rescheduled",
        by: stay.guest.userId,
        detail: expect.objectContaining({
          from: expect.objectContaining({ totalMinor: 12_000 }),
          to: expect.objectContaining({ totalMinor: 6000 }),
        }) as object,
      }),
    );
  });

  test("may overlap what the booking has, and changes nothing where it changes nothing", async () => {
    const [resourceId, on] = [await world.publish(), newDay()];
    const stay = await GuestStay.paid(world, { resourceId, ...on(20, 22) });
    expect((await stay.move(on(21, 23))).status).toBe(200);
    expect(await stay.taken()).toEqual(["10:30-11:30"]);
    const before = await stay.row();
    expect(before.saga_step).toBe("stay");
    expect((await stay.move(on(21, 23))).body["version"]).toBe(before.version);
    expect(await stay.row()).toEqual(before);
  });

  test("takes along what the booking has with it", async () => {
    const vendorId = newId("vnd");
    const [stylist, chair] = [await world.publish({}, vendorId), await world.publish({}, vendorId)];
    const on = newDay();
    const also = [{ resourceId: chair }];
    const stay = await GuestStay.paid(world, { resourceId: stylist, ...on(20, 22), also });
    const other = await GuestStay.held(world, { resourceId: chair, ...on(30, 32) });
    const refused = await stay.move(on(31, 33));
    expect(refused.body).toMatchObject({ code: "booking/slot-taken", resourceId: chair });
    expect(await stay.taken()).toEqual(["10:00-11:00", "10:00-11:00"]);
    await other.call("POST", "/cancel");
    expect((await stay.move(on(31, 33))).body["also"]).toMatchObject([instants(on(31, 33))]);
    expect(await stay.taken()).toEqual(["15:30-16:30", "15:30-16:30"]);
    expect(await isFree({ resourceId: chair, ...on(20, 22) })).toBe(true);
  });

  test("is offered at once to whoever waits for what it frees", async () => {
    const [resourceId, on] = [await world.publish({ waitlistHoldMinutes: 30 }), newDay()];
    const stay = await GuestStay.paid(world, { resourceId, ...on(20, 22) });
    const waiting = newCustomer();
    const entry = await world.call("POST", "/v1/waitlist", waiting, { resourceId, ...on(20, 22) });
    expect(entry.status).toBeLessThan(300);
    await stay.move(on(24, 26));
    const { body } = await world.call("GET", "/v1/bookings?status=held", waiting);
    expect(body["items"]).toMatchObject([on(20, 22)]);
  });

  test("keeps the promotion and its one use, whatever has become of the code", async () => {
    const [vendorId, promotionId] = [newId("vnd"), newId("prm")];
    const [resourceId, on] = [await world.publish({}, vendorId), newDay()];
    const terms = {
      promotionId,
      vendorId,
      version: 1,
      code: "ONCE",
      label: "Once",
      discount: { basisPoints: 1000 },
      resourceIds: [],
      validFrom: null,
      validUntil: null,
      maximumUses: 1,
      maximumUsesPerCustomer: null,
    };
    await world.sql.query(
      "insert into promotions (promotion_id, vendor_id, version, code, terms, ended) values ($1, $2, 1, 'ONCE', $3, false)",
      [promotionId, vendorId, JSON.stringify(terms)],
    );
    const stay = await GuestStay.paid(world, { resourceId, ...on(20, 24), promotionCode: "ONCE" });
    await world.sql.query("update promotions set ended = true where promotion_id = $1", [promotionId]);
    expect((await stay.move(on(30, 32))).body).toMatchObject({ total: { amountMinor: 5400 } });
    const uses = await world.sql.query("select uses from promotions where promotion_id = $1", [promotionId]);
    expect(uses.rows).toEqual([{ uses: 1 }]);
  });
});

describe("a dearer move", () => {
  /** From 10:00-11:00 to 10:30-12:30, which costs 60.00 more. */
  async function asked() {
    const [resourceId, on] = [await world.publish(), newDay()];
    const stay = await GuestStay.paid(world, { resourceId, ...on(20, 22) });
    const reply = await stay.move({ ...on(21, 25), paymentMethod: "pm_card_visa" });
    return { resourceId, on, stay, reply };
  }

  test("holds both times, and moves once its difference is paid", async () => {
    const { resourceId, on, stay, reply } = await asked();
    expect(reply.body).toMatchObject({
      status: "confirmed",
      ...instants(on(20, 22)),
      total: { amountMinor: 6000 },
      change: {
        charge: 2,
        ...instants(on(21, 25)),
        due: { amountMinor: 6000 },
        total: { amountMinor: 12_000 },
      },
    });
    const { data } = await stay.heard(bookingChangeHeld);
    expect(data).toMatchObject({
      charge: 2,
      due: { amountMinor: 6000, currency: "EUR" },
      paymentMethod: "pm_card_visa",
    });
    expect(await isFree({ resourceId, ...on(20, 21) })).toBe(false);
    expect(await isFree({ resourceId, ...on(24, 25) })).toBe(false);
    const again = await stay.move(on(40, 42));
    expect(again.body).toMatchObject({ code: "booking/transition-not-allowed", bookingStatus: "confirmed" });
    await stay.authorise(2);
    const moved = await stay.reaches((row) => row.change === null);
    expect(moved).toMatchObject({ saga_step: "capture" });
    expect([Number(moved.total_minor), Number(moved.keep_minor)]).toEqual([12_000, 12_000]);
    expect(await stay.taken()).toEqual(["10:30-12:30"]);
    expect(await isFree({ resourceId, ...on(20, 21) })).toBe(true);
    expect((await stay.heard(bookingRescheduled)).data).toMatchObject({ charge: 2, keepMinor: 12_000 });
    await stay.captured(12_000, 2);
    await stay.reaches((row) => row.saga_step === "stay");
  });

  test.each([
    ["is declined", (stay: GuestStay) => stay.decline(2)],
    ["is not paid in time", (stay: GuestStay) => stay.passDeadline()],
  ])("whose difference %s leaves the booking as it was, and frees what was held for it", async (_, fail) => {
    const { resourceId, on, stay } = await asked();
    const listed = await countListed(resourceId, on(20, 21));
    await fail(stay);
    await stay.heard(bookingChangeDropped, (data) => data.charge === 2);
    expect(await countListed(resourceId, on(20, 21))).toBe(listed + 3);
    expect(await stay.row()).toMatchObject({ status: "confirmed", saga_step: "stay", change: null });
    expect(await stay.taken()).toEqual(["10:00-11:00"]);
    expect(await isFree({ resourceId, ...on(22, 25) })).toBe(true);
    // Paid after all: payment gives it back by itself, and the next move has a charge of its own.
    const before = await stay.row();
    await stay.authorise(2);
    expect((await stay.move(on(30, 34))).body["change"]).toMatchObject({ charge: 3 });
    await stay.authorise(3);
    const moved = await stay.reaches((row) => row.change === null);
    expect(moved.version).toBe(before.version + 2);
    expect(await stay.taken()).toEqual(["15:00-17:00"]);
  });

  test("is dropped with the booking when that is cancelled, and both times are free", async () => {
    const { resourceId, on, stay } = await asked();
    const cancelled = await stay.call("POST", "/cancel");
    expect(cancelled.body).toMatchObject({
      status: "cancelled",
      change: null,
      refund: { amountMinor: 6000 },
    });
    expect((await stay.heard(bookingCancelled)).data).toMatchObject({ keepMinor: 0, refundMinor: 6000 });
    expect(await isFree({ resourceId, ...on(20, 25) })).toBe(true);
  });

  test("to more units holds only what more it takes", async () => {
    const [resourceId, on] = [await world.publish({ capacity: 3 }), newDay()];
    const stay = await GuestStay.paid(world, { resourceId, ...on(20, 22), quantity: 1 });
    await stay.move({ ...on(20, 22), quantity: 2 });
    expect(await stay.taken()).toEqual(["10:00-11:00", "10:00-11:00"]);
    expect(await isFree({ resourceId, ...on(20, 22), quantity: 2 })).toBe(false);
    expect(await isFree({ resourceId, ...on(20, 22) })).toBe(true);
    await stay.authorise(2);
    await stay.reaches((row) => row.change === null);
    expect(await stay.taken()).toEqual(["10:00-11:00", "10:00-11:00"]);
  });
});

describe("a move is refused, and changes nothing,", () => {
  test.each([
    ["to a time somebody else has", { from: 30, to: 32 }, "booking/slot-taken", 409],
    ["to a start off the grid", { from: 40.5, to: 42.5 }, "booking/time-not-bookable", 422],
    ["to a time gone by", { from: -4000, to: -3998 }, "booking/time-not-bookable", 422],
    ["to more people than the units take", { from: 40, to: 42, people: 3 }, "booking/too-many-people", 422],
    ["to an end before its start", { from: 42, to: 40 }, "request/invalid", 400],
  ])("%s", async (_, { from, to, ...more }, code, status) => {
    const [resourceId, on] = [await world.publish({ peoplePerUnit: 2 }), newDay()];
    const stay = await GuestStay.paid(world, { resourceId, ...on(20, 22) });
    await GuestStay.held(world, { resourceId, ...on(30, 32) });
    const before = [await stay.row(), await stay.taken()];
    const reply = await stay.move({ ...on(from, to), ...more });
    expect([reply.status, reply.body["code"]]).toEqual([status, code]);
    expect([await stay.row(), await stay.taken()]).toEqual(before);
  });

  test("of a booking that is held, has begun, or is somebody else's", async () => {
    const [resourceId, on] = [await world.publish(), newDay()];
    const held = await GuestStay.held(world, { resourceId, ...on(20, 22) });
    expect((await held.move(on(24, 26))).body).toMatchObject({
      code: "booking/transition-not-allowed",
      bookingStatus: "held",
      allowed: ["cancel"],
    });
    const begun = await GuestStay.paid(world, { resourceId, ...on(30, 32) });
    await begun.beginIn("-1 minute");
    expect((await begun.move(on(34, 36))).body["code"]).toBe("booking/transition-not-allowed");
    const stranger = await begun.call("POST", "/reschedule", on(34, 36), newCustomer());
    expect([stranger.status, stranger.body["code"]]).toEqual([404, "booking/not-found"]);
  });
});

describe("of those who race for one slot", () => {
  test("exactly one has it, movers and newcomers alike, and nobody is left without a time", async () => {
    const [resourceId, on] = [await world.publish({ capacity: 2 }), newDay()];
    const movers = await Promise.all(
      [20, 20, 22, 22].map((at) => GuestStay.paid(world, { resourceId, ...on(at, at + 2) })),
    );
    for (const at of [30, 33, 36]) {
      const replies = await Promise.all([
        ...movers.map((stay) => stay.move(on(at, at + 2))),
        ...[1, 2].map(() => world.book(newCustomer(), { resourceId, ...on(at, at + 2) })),
      ]);
      const won = replies.filter((reply) => reply.status < 300);
      expect(won).toHaveLength(2);
      for (const lost of replies.filter((reply) => !won.includes(reply)))
        expect(lost.body["code"]).toBe("booking/slot-taken");
      for (const stay of movers) expect(await stay.taken()).toHaveLength(1);
    }
  });
});

/** As the service writes instants. */
function instants({ startsAt, endsAt }: { readonly startsAt: string; readonly endsAt: string }) {
  return { startsAt, endsAt };
}
