import { promotionEnded, promotionPublished } from "@holdfast/contracts/events/catalog";
import type { EventData } from "@holdfast/contracts/define-event";
import { newId, type Id } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BookingWorld, newCustomer, slotAt } from "./booking-world.fixture.ts";

let world: BookingWorld;
beforeAll(async () => {
  world = await BookingWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

type Published = EventData<typeof promotionPublished>;

/** A vendor with a resource of plenty of units, and a code for a tenth off. */
async function vendorWithCode(terms: Partial<Published> = {}) {
  const vendorId = newId("vnd");
  const resourceId = await world.publish({ capacity: 100 }, vendorId);
  const promotion = await publish({ vendorId, ...terms });
  return { vendorId, resourceId, promotion };
}

async function publish(terms: Partial<Published> & { vendorId: Id<"vnd"> }): Promise<Published> {
  const data: Published = {
    promotionId: newId("prm"),
    code: "SUMMER",
    label: "Summer",
    discount: { basisPoints: 1000 },
    version: 1,
    resourceIds: [],
    validFrom: null,
    validUntil: null,
    maximumUses: null,
    maximumUsesPerCustomer: null,
    ...terms,
  };
  await takenIn(
    await world.tap.emit(promotionPublished, { subject: data.promotionId, version: data.version, data }),
  );
  return data;
}

async function end({ promotionId, vendorId }: Published, version: number): Promise<void> {
  const data = { promotionId, vendorId, version };
  await takenIn(await world.tap.emit(promotionEnded, { subject: promotionId, version, data }));
}

async function takenIn(eventId: string): Promise<void> {
  await until("the event to be taken in", async () => {
    return (await world.sql.query("select from inbox where event_id = $1", [eventId])).rowCount === 1;
  });
}

/** How often the code counts as used, by its counter and by its rows. */
async function usesOf({ promotionId }: Published): Promise<[number, number]> {
  const { rows } = await world.sql.query<{ uses: number; rows: number }>(
    `select uses, (select count(*)::integer from promotion_uses u where u.promotion_id = p.promotion_id) as rows
     from promotions p where promotion_id = $1`,
    [promotionId],
  );
  return [rows[0]!.uses, rows[0]!.rows];
}

const promotionCode = "summer";

describe("a promotion code", () => {
  test("takes off what its terms say, as a line, however it is spelled", async () => {
    const { resourceId, promotion } = await vendorWithCode();
    const held = await world.book(newCustomer(), { resourceId, ...slotAt(3), promotionCode });
    expect(held.body).toMatchObject({ status: "held", total: { amountMinor: 5400 } });
    expect((held.body["lines"] as object[]).at(-1)).toMatchObject({ kind: "promotion", amountMinor: -600 });
    expect(await usesOf(promotion)).toEqual([1, 1]);
  });

  test("with a limit of five is used five times by twenty guests at once on two replicas", async () => {
    // Of two resources, so that the promotion's own row is the only one that all of them need.
    const { vendorId, resourceId, promotion } = await vendorWithCode({ maximumUses: 5 });
    const resources = [resourceId, await world.publish({ capacity: 100 }, vendorId)];
    await using replica = await world.startReplica();
    const held = "select from promotions where promotion_id = $1 for update";
    const replies = await world.meetAt(held, [promotion.promotionId], () =>
      Promise.all(
        Array.from({ length: 20 }, (_, n) => {
          const asked = { resourceId: resources[n % 2]!, ...slotAt(3), promotionCode };
          return (n % 2 === 0 ? world : replica).book(newCustomer(), asked);
        }),
      ),
    );
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(5);
    expect(replies.filter((reply) => reply.body["code"] === "booking/promotion-not-usable")).toHaveLength(15);
    expect(await usesOf(promotion)).toEqual([5, 5]);
  });

  test("is used by one guest as often as one guest may, also within one batch", async () => {
    const { resourceId, promotion } = await vendorWithCode({ maximumUsesPerCustomer: 2 });
    const guest = newCustomer();
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => world.book(guest, { resourceId, ...slotAt(3), promotionCode })),
    );
    expect(replies.map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([201, 201, 409, 409]);
    expect((await world.book(newCustomer(), { resourceId, ...slotAt(3), promotionCode })).status).toBe(201);
    expect(await usesOf(promotion)).toEqual([3, 3]);
  });

  test.each([
    ["declined", (id: unknown) => world.answerPayment(id, "declined")],
    [
      "cancelled",
      (id: unknown, guest: ReturnType<typeof newCustomer>) =>
        world.call("POST", `/v1/bookings/${String(id)}/cancel`, guest).then(() => undefined),
    ],
  ])("is free to be used again when the booking is %s before it was paid", async (_, undo) => {
    const { resourceId, promotion } = await vendorWithCode({ maximumUses: 1 });
    const [guest, asked] = [newCustomer(), { resourceId, ...slotAt(3), promotionCode }];
    const held = await world.book(guest, asked);
    expect((await world.book(newCustomer(), asked)).status).toBe(409);
    await undo(held.body["bookingId"], guest);
    await until("the use to be given back", async () => (await usesOf(promotion))[0] === 0);
    expect((await world.book(newCustomer(), asked)).status).toBe(201);
    expect(await usesOf(promotion)).toEqual([1, 1]);
  });

  test("promised by a quote is counted when it is booked, and costs what the quote said though it has ended since", async () => {
    const { resourceId, promotion } = await vendorWithCode();
    const [guest, asked] = [newCustomer(), { resourceId, ...slotAt(3), promotionCode }];
    const quote = await world.call("POST", "/v1/quotes", guest, asked);
    expect(await usesOf(promotion)).toEqual([0, 0]);
    await end(promotion, 2);
    const held = await world.book(guest, { ...asked, quoteId: quote.body["quoteId"] });
    expect(held.body).toMatchObject({ status: "held", total: { amountMinor: 5400 } });
    expect(await usesOf(promotion)).toEqual([1, 1]);
  });

  test("is used no more often than it may be, though quotes were made with it before its code was changed", async () => {
    const { resourceId, promotion } = await vendorWithCode({ maximumUses: 1 });
    const [guest, asked] = [newCustomer(), { resourceId, ...slotAt(3), promotionCode }];
    const quotes = [
      await world.call("POST", "/v1/quotes", guest, asked),
      await world.call("POST", "/v1/quotes", guest, asked),
    ];
    await publish({ ...promotion, code: "AUTUMN", version: 2 });
    const replies = [];
    for (const { body } of quotes)
      replies.push((await world.book(guest, { ...asked, quoteId: body["quoteId"] })).status);
    expect(replies).toEqual([201, 409]);
    expect(await usesOf(promotion)).toEqual([1, 1]);
  });
});

describe("a code that cannot be used is refused with why", () => {
  test.each([
    ["nobody has it", { code: "WINTER" }, /no such code/],
    ["it is for another resource", { resourceIds: [newId("res")] }, /not for this resource/],
    ["it is not valid yet", { validFrom: "2190-01-01T00:00:00Z" }, /from 2190/],
    ["it was valid until yesterday", { validUntil: "2020-01-01T00:00:00Z" }, /until 2020/],
    [
      "it takes off another currency",
      { discount: { amountMinor: 100, currency: "JPY" } },
      /another currency/,
    ],
  ])("%s", async (_, terms, sentence) => {
    const { resourceId } = await vendorWithCode(terms);
    const guest = newCustomer();
    const refused = await world.book(guest, { resourceId, ...slotAt(3), promotionCode });
    expect([refused.status, refused.body["code"]]).toEqual([409, "booking/promotion-not-usable"]);
    expect(refused.body["detail"]).toMatch(sentence);
    const rows = await world.sql.query("select 1 from bookings where customer_id = $1", [guest.userId]);
    expect(rows.rowCount).toBe(0);
  });

  test("another vendor has it, which reads as if nobody had", async () => {
    await vendorWithCode();
    const resourceId = await world.publish();
    const refused = await world.book(newCustomer(), { resourceId, ...slotAt(3), promotionCode });
    expect(refused.body["detail"]).toMatch(/no such code/);
  });

  test("it has ended, also where an older version of it arrives afterwards or the end came first", async () => {
    const { resourceId, vendorId, promotion } = await vendorWithCode();
    await end(promotion, 3);
    await publish({ ...promotion, version: 2 });
    const asked = { resourceId, ...slotAt(3) };
    const ended = await world.book(newCustomer(), { ...asked, promotionCode });
    expect(ended.body["detail"]).toMatch(/no longer/);
    const early = { ...promotion, promotionId: newId("prm"), code: "EARLY", vendorId };
    await end(early, 2);
    await publish(early);
    const never = await world.book(newCustomer(), { ...asked, promotionCode: "EARLY" });
    expect(never.body["code"]).toBe("booking/promotion-not-usable");
    // The same code, published anew.
    await publish({ ...promotion, promotionId: newId("prm"), version: 1 });
    expect((await world.book(newCustomer(), { ...asked, promotionCode })).status).toBe(201);
  });
});
