import { newId, type Id } from "@holdfast/contracts/ids";
import { roundTheClock } from "@holdfast/testkit/resource-rules";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt } from "../booking-world.fixture.ts";
import { SearchWorld } from "./search-world.fixture.ts";

let world: BookingWorld;
let find: SearchWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
  find = new SearchWorld(world);
});
afterAll(() => world[Symbol.asyncDispose]());

const at = (latitude: number, longitude: number) => ({ location: { latitude, longitude } });

describe("finds what is free:", () => {
  const day = (daysAhead: number) =>
    Temporal.Instant.from(slotAt(daysAhead).startsAt)
      .toZonedDateTimeISO("Europe/Lisbon")
      .toPlainDate()
      .toString();

  test("at exactly a time, as long as a booking of it is taken", async () => {
    const { vendorId, ids } = await find.publish({ capacity: 2 }, { capacity: 1 });
    const time = slotAt(20, 6);
    const found = await find.search({ vendorId, ...time });
    expect(found.items.map((item) => [item.resourceId, item.firstFree!.free])).toEqual([
      [ids[1], 1],
      [ids[0], 2],
    ]);
    const booked = await world.book(newCustomer(), { resourceId: ids[1]!, ...time });
    expect(booked.status).toBe(201);
    expect(booked.body["total"]).toEqual(found.items[0]!.firstFree!.price);
    expect((await find.search({ vendorId, ...time })).ids).toEqual([ids[0]]);
    expect((await find.search({ vendorId, ...time, quantity: 2 })).ids).toEqual([ids[0]]);
    await world.book(newCustomer(), { resourceId: ids[0]!, ...time });
    expect((await find.search({ vendorId, ...time, quantity: 2 })).ids).toEqual([]);
  });

  test("on some dates, with the first free time, which moves as times are booked and comes back when they are freed", async () => {
    const { vendorId, ids } = await find.publish({ availability: roundTheClock(60) });
    const query = { vendorId, from: day(21), to: day(22) };
    const guest = newCustomer();
    const first = (await find.search(query)).items[0]!.firstFree!;
    expect(first).toMatchObject({ date: day(21), free: 1, price: { amountMinor: 6000, currency: "EUR" } });
    const { startsAt, endsAt } = first;
    const booked = await world.book(guest, { resourceId: ids[0]!, startsAt, endsAt });
    expect(booked.status).toBe(201);
    expect((await find.search(query)).items[0]!.firstFree!.startsAt).toBe(endsAt);
    await world.call("POST", `/v1/bookings/${String(booked.body["bookingId"])}/cancel`, guest);
    expect((await find.search(query)).items[0]!.firstFree).toEqual(first);
  });

  test("for as long as one wants, by minutes or by nights", async () => {
    const nights = {
      availability: {
        by: "nights" as const,
        checkIn: "15:00",
        checkOut: "11:00",
        minimumNights: 1,
        maximumNights: 5,
      },
      price: { per: "night" as const, amountMinor: 8000, currency: "EUR" },
    };
    const { vendorId, ids } = await find.publish({ availability: roundTheClock(30) }, nights);
    const dates = { vendorId, from: day(23), to: day(24) };
    expect((await find.search(dates)).ids).toEqual([ids[1], ids[0]]);
    const found = await find.search({ ...dates, nights: 3 });
    expect(found.ids).toEqual([ids[1]]);
    expect(found.items[0]!.firstFree!.price.amountMinor).toBe(24_000);
    expect((await find.search({ ...dates, nights: 6 })).ids).toEqual([]);
    const long = await find.search({ ...dates, minutes: 90 });
    expect(long.items.map((item) => [item.resourceId, item.firstFree!.price.amountMinor])).toEqual([
      [ids[0], 9000],
    ]);
  });

  test("by each resource's own dates", async () => {
    const { vendorId } = await find.publish(
      { zone: "Pacific/Kiritimati", availability: roundTheClock(60) },
      { zone: "Pacific/Pago_Pago", availability: roundTheClock(60) },
    );
    const { items } = await find.search({ vendorId, from: day(25), to: day(25) });
    expect(items.map((item) => [item.firstFree!.date, item.firstFree!.startsAt.slice(11)])).toEqual([
      [day(25), "11:00:00Z"],
      [day(25), "10:00:00Z"],
    ]);
  });
});

describe("a walk by cursor", () => {
  test("meets everything once, in every order, while resources are published, retired and booked meanwhile", async () => {
    const word = `walk${Date.now()}`;
    const rules = Array.from({ length: 12 }, (_, i) => ({
      title: i % 3 === 0 ? `${word} ${word}` : word,
      price: { per: "hour" as const, amountMinor: 100 * (i % 4), currency: "EUR" },
      ...at(38.7 + (i % 5) / 1000, -9.1),
    }));
    const { vendorId, ids } = await find.publish(...rules);
    const orders = [
      { sort: "newest" },
      { sort: "price", currency: "EUR" },
      { text: word },
      { near: "38.7,-9.1" },
      { from: slotAt(5).startsAt.slice(0, 10), to: slotAt(6).startsAt.slice(0, 10) },
    ];
    for (const order of orders) {
      const query = { vendorId, ...order };
      const whole = (await find.search({ ...query, limit: 100 })).ids;
      expect(new Set(ids.filter((id) => whole.includes(id))), JSON.stringify(order)).toEqual(new Set(ids));
      const walked: string[] = [];
      let after: string | null = null;
      do {
        const page = await find.search({ ...query, limit: 5, ...(after === null ? {} : { after }) });
        walked.push(...page.ids);
        after = page.next;
        await find.emit(vendorId, newId("res"), 1, rules[walked.length % 12]!);
      } while (after !== null && walked.length < 100);
      expect(
        walked.filter((id) => whole.includes(id as Id<"res">)),
        JSON.stringify(order),
      ).toEqual(whole);
      expect(new Set(walked).size).toBe(walked.length);
    }
  });

  test("goes on where little is free: a page may be empty, and the list ends all the same", async () => {
    const { vendorId, ids } = await find.publish(...Array.from({ length: 4 }, () => ({})));
    const time = slotAt(26);
    for (const resourceId of ids.slice(1)) await world.book(newCustomer(), { resourceId, ...time });
    const found = await find.search({ vendorId, ...time, limit: 1 });
    expect([found.ids, found.next]).toEqual([[ids[0]], null]);
  });

  test("needs a cursor of the very same search", async () => {
    const { vendorId } = await find.publish({}, {}, {});
    const { next, headers } = await find.search({ vendorId, limit: 1 });
    expect(headers.get("link")).toContain(`after=${next}`);
    expect((await find.search({ vendorId, limit: 2, after: next! })).status).toBe(200);
    const other = await find.search({ vendorId, kind: "chair", limit: 1, after: next! });
    expect([other.status, other.fields]).toEqual([400, ["after"]]);
    const forged = await find.search({ vendorId, after: "WyJ4IiwwLCJ5Il0" });
    expect([forged.status, forged.fields]).toEqual([400, ["after"]]);
  });
});
