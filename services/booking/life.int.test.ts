import {
  bookingCancelled,
  bookingCompleted,
  bookingDeclined,
  bookingNoShow,
} from "@holdfast/contracts/events/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GuestStay } from "./booking-life.fixture.ts";
import { BookingWorld, newCustomer, slotAt, type Caller } from "./booking-world.fixture.ts";

let world: BookingWorld;
let nextDay = 3;
const vendorId = newId("vnd");
const owner: Caller = { userId: newId("usr"), roles: ["vendor"] };
const staff: Caller = { userId: newId("usr"), roles: ["vendor"] };
const formerStaff: Caller = { userId: newId("usr"), roles: ["vendor"] };
const otherVendor: Caller = { userId: newId("usr"), roles: ["vendor"] };
const admin: Caller = { userId: newId("usr"), roles: ["admin"] };
let plain: Id<"res">;
let approved: Id<"res">;

beforeAll(async () => {
  world = await BookingWorld.start();
  plain = await world.publish({ noShow: { afterMinutes: 15, refundPercent: 25 } }, vendorId);
  approved = await world.publish({ approval: { withinMinutes: 60 } }, vendorId);
  await world.sql.query(
    `insert into vendor_members (vendor_id, user_id, role, version)
     values ($1, $2, 'owner', 1), ($1, $3, 'staff', 2), ($1, $4, null, 3), ($5, $6, 'owner', 1)`,
    [vendorId, owner.userId, staff.userId, formerStaff.userId, newId("vnd"), otherVendor.userId],
  );
});
afterAll(() => world[Symbol.asyncDispose]());

const slot = (resourceId: Id<"res"> = plain) => ({ resourceId, ...slotAt(nextDay++) });
const reason = { reason: "The pipe burst" };

describe("a booking that needs approval", () => {
  test("waits for it once paid, and is confirmed by any of the vendor's people", async () => {
    const stay = await GuestStay.authorised(world, slot(approved));
    expect(await stay.row()).toMatchObject({ status: "awaiting-approval", saga_step: "approve" });
    const reply = await stay.call("POST", "/approve", undefined, staff);
    expect([reply.status, reply.body["status"]]).toEqual([200, "confirmed"]);
    const { body } = await stay.call("GET", "/timeline");
    expect((body["entries"] as { what: string; by: string }[]).map(({ what, by }) => [what, by])).toEqual([
      ["held", stay.guest.userId],
      ["approval-requested", "payment"],
      ["confirmed", staff.userId],
    ]);
  });

  test.each([
    [
      "the vendor's no",
      "booking/not-approved",
      (stay: GuestStay) => stay.call("POST", "/decline", reason, owner),
    ],
    ["no answer in time", "booking/approval-expired", (stay: GuestStay) => stay.passDeadline()],
  ])("is declined by %s, frees its slot, and everything goes back", async (_, code, decline) => {
    const asked = slot(approved);
    const stay = await GuestStay.authorised(world, asked);
    await decline(stay);
    expect((await stay.heard(bookingDeclined)).data).toMatchObject({ reason: code, byVendor: true });
    expect(await stay.row()).toMatchObject({ status: "declined", reason: code, saga_step: "give-back" });
    expect((await world.book(newCustomer(), asked)).status).toBe(201);
  });
});

describe("what a vendor may do", () => {
  const acts = ["/approve", "/decline", "/call-off", "/check-in", "/complete", "/no-show"];
  const strangers = [
    ["somebody who was removed", formerStaff],
    ["another vendor", otherVendor],
  ] as const;

  test.each(strangers)("is not for %s, who is told of no booking", async (_, caller) => {
    const stay = await GuestStay.authorised(world, slot(approved));
    const before = await stay.row();
    for (const act of acts) {
      const body = act === "/decline" || act === "/call-off" ? reason : undefined;
      const reply = await stay.call("POST", act, body, caller);
      expect([act, reply.status, reply.body["code"]]).toEqual([act, 404, "booking/not-found"]);
    }
    for (const path of ["", "/timeline"])
      expect((await stay.call("GET", path, undefined, caller)).status).toBe(404);
    expect(await stay.row()).toEqual(before);
  });

  test("is not for guests, of their own bookings neither", async () => {
    const stay = await GuestStay.authorised(world, slot(approved));
    for (const act of acts) expect((await stay.call("POST", act, reason)).status).toBe(403);
  });

  test("is for its people in any role and for administrators, who see the booking and its timeline", async () => {
    for (const caller of [owner, staff, admin]) {
      const stay = await GuestStay.authorised(world, slot());
      expect((await stay.call("GET", "", undefined, caller)).status).toBe(200);
      expect((await stay.call("GET", "/timeline", undefined, caller)).status).toBe(200);
      await stay.beginIn("10 minutes");
      const reply = await stay.call("POST", "/check-in", undefined, caller);
      expect(reply.body["status"]).toBe("checked-in");
    }
  });

  test("depends on where the booking stands, which a refusal says", async () => {
    const stay = await GuestStay.authorised(world, slot());
    const reply = await stay.call("POST", "/complete", undefined, owner);
    expect(reply.body).toMatchObject({
      code: "booking/transition-not-allowed",
      bookingStatus: "confirmed",
      allowed: ["call-off", "check-in", "no-show"],
    });
    const early = await stay.call("POST", "/check-in", undefined, owner);
    expect([early.status, early.body["code"]]).toEqual([409, "booking/transition-not-allowed"]);
  });
});

test("a booking that is called off, once however often it is sent, gives everything back and frees its time", async () => {
  const asked = slot();
  const stay = await GuestStay.paid(world, asked);
  await stay.beginIn("30 minutes");
  const [path, key] = [`/v1/bookings/${stay.bookingId}/call-off`, { "idempotency-key": crypto.randomUUID() }];
  const reply = await world.call("POST", path, owner, reason, key);
  expect(reply.body).toMatchObject({
    status: "cancelled",
    reason: "booking/called-off",
    refund: { amountMinor: 6000 },
  });
  expect((await world.call("POST", path, owner, reason, key)).body).toEqual(reply.body);
  expect((await world.call("POST", path, owner, reason)).body["code"]).toBe("booking/transition-not-allowed");
  expect((await stay.heard(bookingCancelled)).data).toMatchObject({
    byVendor: true,
    keepMinor: 0,
    refundMinor: 6000,
  });
  expect((await world.book(newCustomer(), asked)).status).toBe(201);
});

describe("a guest who", () => {
  test("is checked in is done with at the end, by whoever says so first", async () => {
    for (const [end, by] of [
      [(stay: GuestStay) => stay.call("POST", "/complete", undefined, staff), staff.userId],
      [(stay: GuestStay) => stay.passDeadline(), "clock"],
    ] as const) {
      const stay = await GuestStay.paid(world, slot());
      await stay.beginIn("-10 minutes");
      await stay.call("POST", "/check-in", undefined, staff);
      await end(stay);
      await stay.heard(bookingCompleted);
      expect(await stay.row()).toMatchObject({ status: "completed", saga_step: "done" });
      const { body } = await stay.call("GET", "/timeline");
      expect((body["entries"] as object[]).at(-1)).toMatchObject({ what: "completed", by });
    }
  });

  test("does not come gets back what the no-show rule says, and keeps nobody else waiting for the money", async () => {
    const stay = await GuestStay.paid(world, slot());
    await stay.beginIn("-14 minutes");
    expect((await stay.call("POST", "/no-show", undefined, staff)).status).toBe(409);
    await stay.beginIn("-15 minutes");
    const reply = await stay.call("POST", "/no-show", undefined, staff);
    expect(reply.body).toMatchObject({ status: "no-show", refund: { amountMinor: 1500 } });
    expect((await stay.heard(bookingNoShow)).data).toMatchObject({ keepMinor: 4500, refundMinor: 1500 });
    expect(await stay.taken()).toHaveLength(1);
    await stay.refunded(4500);
    await stay.reaches((row) => row.saga_step === "done");
  });

  test("comes while a move waits for its payment comes to what they had", async () => {
    const [day, resourceId] = [nextDay++, plain];
    const stay = await GuestStay.paid(world, { resourceId, ...slotAt(day, 20) });
    await stay.move({ startsAt: slotAt(day, 30).startsAt, endsAt: slotAt(day, 32).endsAt });
    expect(await stay.taken()).toHaveLength(2);
    await stay.beginIn("10 minutes");
    const reply = await stay.call("POST", "/check-in", undefined, owner);
    expect(reply.body).toMatchObject({ status: "checked-in", change: null });
    expect(await stay.taken()).toEqual(["10:00-11:00"]);
  });
});

describe("cancelling", () => {
  const tiers = {
    fullRefundUntilHours: 72,
    tiers: [
      { untilHours: 48, refundPercent: 67 },
      { untilHours: 24, refundPercent: 33 },
    ],
    refundPercentAfter: 10,
  };

  test.each([
    ["72 hours 10 seconds", 3333],
    ["71 hours 59 minutes 50 seconds", 2233],
    ["48 hours 10 seconds", 2233],
    ["47 hours 59 minutes 50 seconds", 1100],
    ["24 hours 10 seconds", 1100],
    ["23 hours 59 minutes 50 seconds", 333],
    ["10 seconds", 333],
  ])("%s before the start gives back to the cent what the terms said", async (interval, refundMinor) => {
    const price = { per: "booking", amountMinor: 3333, currency: "EUR" } as const;
    const resourceId = await world.publish({ cancellation: tiers, price });
    const stay = await GuestStay.authorised(world, slot(resourceId));
    await stay.beginIn(interval);
    const { body: terms } = await stay.call("GET", "/cancellation");
    expect(terms).toMatchObject({
      refund: { amountMinor: refundMinor },
      keep: { amountMinor: 3333 - refundMinor },
    });
    const reply = await stay.call("POST", "/cancel", { expectedRefundMinor: refundMinor });
    expect(reply.body).toMatchObject({ status: "cancelled", refund: { amountMinor: refundMinor } });
    const { data } = await stay.heard(bookingCancelled);
    expect([data.keepMinor, data.refundMinor]).toEqual([3333 - refundMinor, refundMinor]);
    expect(Number((await stay.row()).keep_minor)).toBe(3333 - refundMinor);
  });

  test("on terms that no longer stand is refused with those that do, and cancels nothing", async () => {
    const stay = await GuestStay.paid(world, slot());
    const { body: terms } = await stay.call("GET", "/cancellation");
    expect(terms).toMatchObject({ refund: { amountMinor: 6000 } });
    const startsAt = Date.parse((await stay.row()).starts_at);
    expect(Date.parse(String(terms["standsUntil"]))).toBe(startsAt - 24 * 3_600_000 + 1);
    await stay.beginIn("1 hour");
    const reply = await stay.call("POST", "/cancel", { expectedRefundMinor: 6000 });
    expect(reply.body).toMatchObject({
      code: "booking/refund-changed",
      refund: { amountMinor: 3000, currency: "EUR" },
    });
    expect((await stay.row()).status).toBe("confirmed");
    expect((await stay.call("POST", "/cancel", { expectedRefundMinor: 3000 })).status).toBe(200);
    expect((await stay.call("GET", "/cancellation")).body["code"]).toBe("booking/not-cancellable");
  });

  test("what is not confirmed yet gives everything back, and the terms say so", async () => {
    const stay = await GuestStay.authorised(world, slot(approved));
    await stay.beginIn("5 minutes");
    const { body: terms } = await stay.call("GET", "/cancellation");
    expect(terms).toMatchObject({ refund: { amountMinor: 6000 }, standsUntil: null });
    const reply = await stay.call("POST", "/cancel");
    expect(reply.body).toMatchObject({ status: "cancelled", refund: { amountMinor: 6000 } });
  });
});

describe("lists", () => {
  const ids = (body: Record<string, unknown>) =>
    (body["items"] as { bookingId: string }[]).map((one) => one.bookingId);

  test("show guests theirs, vendors theirs, and administrators all, narrowed alike and in pages", async () => {
    const own = newId("vnd");
    const boss: Caller = { userId: newId("usr"), roles: ["vendor"] };
    await world.sql.query(
      "insert into vendor_members (vendor_id, user_id, role, version) values ($1, $2, 'manager', 1)",
      [own, boss.userId],
    );
    const [first, second] = [await world.publish({}, own), await world.publish({}, own)];
    const guest = newCustomer();
    const stays: GuestStay[] = [];
    for (const [resourceId, day] of [
      [first, 40],
      [second, 41],
      [first, 42],
    ] as const)
      stays.unshift(await GuestStay.held(world, { resourceId, ...slotAt(day) }, guest));
    await stays[0]!.call("POST", "/cancel");
    const [c, b, a] = stays.map((stay) => stay.bookingId);
    const narrowed: [string, (string | undefined)[]][] = [
      ["", [c, b, a]],
      ["&status=held", [b, a]],
      [`&resourceId=${first}`, [c, a]],
      [`&from=${slotAt(41).startsAt}`, [c, b]],
      [`&to=${slotAt(41).startsAt}`, [a]],
      [`&from=${slotAt(40).endsAt}&to=${slotAt(41, 1).startsAt}`, [b]],
      [`&seriesId=${newId("ser")}`, []],
    ];
    for (const [query, expected] of narrowed) {
      for (const [path, as] of [
        [`/v1/bookings?limit=9${query}`, guest],
        [`/v1/vendors/${own}/bookings?limit=9${query}`, boss],
        [`/v1/operations/bookings?limit=9&customerId=${guest.userId}${query}`, admin],
        [`/v1/operations/bookings?limit=9&vendorId=${own}${query}`, admin],
      ] as const) {
        expect([path, ids((await world.call("GET", path, as)).body)]).toEqual([path, expected]);
      }
    }
    const page = await world.call("GET", `/v1/vendors/${own}/bookings?limit=2`, boss);
    const rest = await world.call(
      "GET",
      `/v1/vendors/${own}/bookings?limit=2&after=${String(page.body["next"])}`,
      boss,
    );
    expect([ids(page.body), ids(rest.body), rest.body["next"]]).toEqual([[c, b], [a], null]);
    const stranger = await world.call("GET", `/v1/vendors/${own}/bookings`, otherVendor);
    expect([stranger.status, stranger.body["code"]]).toEqual([404, "booking/vendor-not-found"]);
    expect((await world.call("GET", "/v1/operations/bookings", boss)).status).toBe(403);
  });
});
