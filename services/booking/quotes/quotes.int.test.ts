import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt, type Reply } from "../booking-world.fixture.ts";
import { priceOfBasis, type PriceBasis } from "../bookings/price-basis.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Dearer when somebody else is there, cheaper a week ahead, with an extra, a fee, taxes and a deposit. */
const richRules: Partial<ResourceRulesInput> = {
  capacity: 2,
  peoplePerUnit: 4,
  depositPercent: 30,
  price: {
    per: "hour",
    perPerson: true,
    amountMinor: 1001,
    currency: "EUR",
    adjustments: [
      { label: "Half full", when: { occupancyPercent: { atLeast: 50 } }, change: { basisPoints: 2500 } },
      { label: "Early", when: { leadHours: { atLeast: 168 } }, change: { basisPoints: -1000 } },
    ],
    extras: [{ code: "towel", label: "Towel", per: "person", amountMinor: 250, maximum: 2 }],
    fees: [{ label: "Service", basisPoints: 500 }],
    taxes: [{ label: "VAT", basisPoints: 2300, included: true }],
  },
};

const quoteOf = (reply: Reply) => `/v1/quotes/${String(reply.body["quoteId"])}`;

describe("a quote", () => {
  test("says line by line what is due, and is read again as it was made, by its guest alone", async () => {
    const [resourceId, guest] = [await world.publish(richRules), newCustomer()];
    const extras = [{ code: "towel", quantity: 1 }];
    const asked = { resourceId, ...slotAt(20), people: 2, extras };
    const quote = await world.call("POST", "/v1/quotes", guest, asked);
    // 1001 less a tenth is 900.9; two people; two towels; 5 % of 1802; of 2392 those 447 are VAT.
    expect(quote.body).toMatchObject({
      people: 2,
      lines: [
        { kind: "base", unitAmountMinor: 901, quantity: 2, amountMinor: 1802, adjustments: ["Early"] },
        { kind: "extra", amountMinor: 500 },
        { kind: "fee", amountMinor: 90 },
        { kind: "tax", amountMinor: 447, included: true },
      ],
      total: { amountMinor: 2392, currency: "EUR" },
      deposit: { amountMinor: 718, currency: "EUR" },
      policies: { depositPercent: 30 },
    });
    expect((await world.call("GET", quoteOf(quote), guest)).body).toEqual(quote.body);
    const stranger = await world.call("GET", quoteOf(quote), newCustomer());
    expect([stranger.status, stranger.body["code"]]).toEqual([404, "booking/quote-not-found"]);
  });

  test("is for exactly what it was asked for: people, units and extras included", async () => {
    const [resourceId, guest] = [await world.publish(richRules), newCustomer()];
    const asked = { resourceId, ...slotAt(21), people: 2 };
    const { quoteId, total } = (await world.call("POST", "/v1/quotes", guest, asked)).body;
    const others = [{ people: 3 }, { quantity: 2 }, { extras: [{ code: "towel", quantity: 1 }] }];
    for (const other of others) {
      const refused = await world.book(guest, { ...asked, ...other, quoteId });
      expect(refused.body["code"], JSON.stringify(other)).toBe("booking/quote-not-usable");
    }
    expect((await world.book(guest, { ...asked, quoteId })).body["total"]).toEqual(total);
  });

  test("stands when the calendar has filled since, where one without it is dearer", async () => {
    const [resourceId, guest] = [await world.publish(richRules), newCustomer()];
    const asked = { resourceId, ...slotAt(22) };
    const { quoteId, total } = (await world.call("POST", "/v1/quotes", guest, asked)).body;
    expect((await world.book(newCustomer(), asked)).body["total"]).toEqual(total);
    const dearer = (await world.call("POST", "/v1/quotes", newCustomer(), asked)).body["total"];
    expect(dearer).not.toEqual(total);
    expect((await world.book(guest, { ...asked, quoteId })).body["total"]).toEqual(total);
  });

  test("is stored with all that its price was made of: the same lines come from it again", async () => {
    const stored = await world.sql.query<{ basis: PriceBasis; lines: unknown }>(
      "select basis, lines from quotes",
    );
    expect(stored.rows.length).toBeGreaterThan(3);
    for (const { basis, lines } of stored.rows) expect(priceOfBasis(basis)).toMatchObject({ lines });
  });

  test("of an extra that the resource does not have is refused", async () => {
    const resourceId = await world.publish(richRules);
    const asked = { resourceId, ...slotAt(23), extras: [{ code: "sauna", quantity: 1 }] };
    const refused = await world.call("POST", "/v1/quotes", newCustomer(), asked);
    expect(refused.body["code"]).toBe("booking/extra-unknown");
  });
});

describe("a listed price", () => {
  const listed = async (resourceId: string, people: number, daysAhead: number) => {
    const { startsAt, endsAt } = slotAt(daysAhead);
    const date = Temporal.Instant.from(startsAt).toZonedDateTimeISO("Europe/Lisbon").toPlainDate().toString();
    const query = `from=${date}&to=${date}&minutes=60&people=${people}`;
    const reply = await world.call("GET", `/v1/resources/${resourceId}/slots?${query}`, null);
    const slots = reply.body["slots"] as { startsAt: string; endsAt: string; price: unknown }[];
    return { slots, slot: slots.find((one) => one.startsAt === startsAt && one.endsAt === endsAt) };
  };

  test("is what a quote for that slot and so many people says, by lead time and occupancy too", async () => {
    const resourceId = await world.publish(richRules);
    for (const daysAhead of [2, 24]) {
      for (const people of [1, 3]) {
        const asked = { resourceId, ...slotAt(daysAhead), people };
        const quote = await world.call("POST", "/v1/quotes", newCustomer(), asked);
        expect((await listed(resourceId, people, daysAhead)).slot?.price).toEqual(quote.body["total"]);
      }
    }
    await world.book(newCustomer(), { resourceId, ...slotAt(24) });
    const quote = await world.call("POST", "/v1/quotes", newCustomer(), {
      resourceId,
      ...slotAt(24),
      people: 3,
    });
    expect((await listed(resourceId, 3, 24)).slot?.price).toEqual(quote.body["total"]);
  });

  test("is not given for more people than there is room for", async () => {
    const resourceId = await world.publish(richRules);
    expect((await listed(resourceId, 5, 25)).slots).toEqual([]);
    expect((await listed(resourceId, 4, 25)).slots.length).toBeGreaterThan(0);
  });

  test("by lead time is today's, also where the listing was made on another day", async () => {
    const resourceId = await world.publish(richRules);
    const early = (await listed(resourceId, 1, 9)).slot?.price;
    await world.moveClock({ hours: 72 });
    const quote = await world.call("POST", "/v1/quotes", newCustomer(), { resourceId, ...slotAt(9) });
    expect((await listed(resourceId, 1, 9)).slot?.price).toEqual(quote.body["total"]);
    expect(early).not.toEqual(quote.body["total"]);
  });
});
