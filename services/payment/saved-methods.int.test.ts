/** What guests keep to pay by again, at the Stripe stand-in: kept once it worked, charged to their own customer, and taken away. */
import type { SavedMethodView } from "@holdfast/contracts/api/payment-methods";
import { userErased } from "@holdfast/contracts/events/auth";
import { paymentDeclined } from "@holdfast/contracts/events/payment";
import { type Id, newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import Stripe from "stripe";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { expectBooksAgree } from "./books-agree.fixture.ts";
import {
  type PaymentWorld,
  startPaymentWorld,
  type TestBooking,
  totalMinor,
} from "./payment-service.fixture.ts";

let world: PaymentWorld;
/** Somebody at Stripe's dashboard. */
let dashboard: Stripe;

beforeAll(async () => {
  world = await startPaymentWorld();
  const { host, port } = world.stripe;
  dashboard = new Stripe("sk_test_dashboard", { host, port, protocol: "http" });
}, 120_000);
afterEach(() => {
  world.stripe.resetSwitches();
});
afterAll(async () => {
  try {
    await expectBooksAgree(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

type UserId = Id<"usr">;

async function call(method: string, path: string, userId: UserId) {
  const response = await fetch(`http://127.0.0.1:${world.port}${path}`, {
    method,
    headers: world.signer.authorization({ userId, roles: ["customer"] }),
    signal: AbortSignal.timeout(5_000),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

async function methodsOf(userId: UserId, query = ""): Promise<SavedMethodView[]> {
  const { status, body } = await call("GET", `/v1/payment-methods${query}`, userId);
  expect(status).toBe(200);
  return (body as { readonly items: SavedMethodView[] }).items;
}

async function remove(userId: UserId, methodId: string): Promise<number> {
  return (await call("DELETE", `/v1/payment-methods/${methodId}`, userId)).status;
}

/** A guest who has kept this card with a booking, and its id. */
async function keptBy(userId: UserId, card = "pm_card_visa"): Promise<string> {
  const booking = world.book({ customerId: userId });
  await booking.held({ paymentMethod: card, saveMethod: true });
  await world.reaches(booking, "authorised");
  return (await methodsOf(userId))[0]!.paymentMethodId;
}

async function customerRow(userId: UserId) {
  const { rows } = await world.sql.query<{ provider_id: string | null; erased: boolean }>(
    "select provider_id, erased from customers where user_id = $1",
    [userId],
  );
  return rows[0];
}

function customersMade(userId: UserId): number {
  return world.stripe
    .requests()
    .filter(({ idempotencyKey: key, status }) => key?.startsWith(`customer:${userId}:`) && status === 200)
    .length;
}

async function declined(booking: TestBooking): Promise<string> {
  const { data } = await until("the payment to be declined", async () =>
    (await world.tap.collected(paymentDeclined)).find(
      ({ data: { bookingId } }) => bookingId === booking.bookingId,
    ),
  );
  return data.reason;
}

describe("what a booking is paid by", () => {
  test("is kept with the guest's one customer where they wish so, and not otherwise", async () => {
    const guest = newId("usr");
    const unsaved = world.book({ customerId: guest });
    await unsaved.held("pm_card_mastercard");
    await world.reaches(unsaved, "authorised");
    expect(await methodsOf(guest)).toEqual([]);
    expect(await customerRow(guest)).toBeUndefined();
    const both = [world.book({ customerId: guest }), world.book({ customerId: guest })];
    await Promise.all(
      both.map((booking) => booking.held({ paymentMethod: "pm_card_visa", saveMethod: true })),
    );
    for (const booking of both) await world.reaches(booking, "authorised");
    expect(customersMade(guest)).toBe(1);
    const kept = await methodsOf(guest);
    expect(kept).toHaveLength(2);
    expect(kept[0]).toMatchObject({
      paymentMethodId: expect.stringMatching(/^pm_/) as string,
      type: "card",
      brand: "visa",
      last4: "4242",
      expiresMonth: 12,
      expiresYear: 2034,
    });
    const first = await call("GET", "/v1/payment-methods?limit=1", guest);
    const { items, next } = first.body as { items: SavedMethodView[]; next: string };
    expect([...items, ...(await methodsOf(guest, `?limit=1&after=${next}`))]).toEqual(kept);
  });
});

describe("what was entered on the guest's side", () => {
  test("is kept once they have passed 3-D Secure", async () => {
    const guest = newId("usr");
    const booking = world.book({ customerId: guest });
    await booking.held({ saveMethod: true });
    const { clientSecret } = await world.reaches(booking, "action-required");
    const method = "pm_card_threeDSecure2Required";
    await world.guest("confirm", { client_secret: clientSecret, payment_method: method });
    expect(await methodsOf(guest)).toEqual([]);
    await world.guest(`payment_intents/${world.books(booking)[0]!.id}/authenticate`, { outcome: "succeed" });
    await world.reaches(booking, "authorised");
    expect(await methodsOf(guest)).toHaveLength(1);
  });
});

describe("a method that was kept", () => {
  test("pays its guest's further bookings and moves, each with one call", async () => {
    const guest = newId("usr");
    const method = await keptBy(guest);
    const again = world.book({ customerId: guest });
    await again.held(method);
    await world.reaches(again, "authorised");
    await again.confirmed();
    await again.changeHeld(2, 500, method);
    await world.chargeReaches(again, 2, "authorised");
    expect(world.books(again)).toMatchObject([{ authorised: totalMinor }, { authorised: 500 }]);
    const keys = world.stripe.requests().map(({ idempotencyKey }) => idempotencyKey);
    expect(keys.filter((key) => key?.startsWith(`booking:${again.bookingId}:authorise`))).toHaveLength(1);
    expect(await methodsOf(guest)).toHaveLength(1);
  });

  test("is refused to anybody else as one that does not exist is, and never charged", async () => {
    const [owner, stranger, newcomer] = [newId("usr"), newId("usr"), newId("usr")];
    const method = await keptBy(owner);
    await keptBy(stranger);
    for (const customerId of [stranger, newcomer]) {
      for (const paymentMethod of [method, "pm_1NotThere"]) {
        for (const saveMethod of [false, true]) {
          const booking = world.book({ customerId });
          await booking.held({ paymentMethod, saveMethod });
          expect(await declined(booking)).toBe("payment/method-not-usable");
          expect(world.books(booking)).toEqual([]);
        }
      }
    }
    expect(await methodsOf(owner)).toHaveLength(1);
  });

  test("is listed and removed by its guest alone, once and again; it pays nothing any more", async () => {
    const [owner, stranger] = [newId("usr"), newId("usr")];
    const method = await keptBy(owner);
    expect(await remove(stranger, method)).toBe(404);
    await keptBy(stranger);
    expect(await remove(stranger, method)).toBe(404);
    expect(await remove(stranger, "pm_1NotThere")).toBe(404);
    expect(await remove(owner, method)).toBe(204);
    expect(await methodsOf(owner)).toEqual([]);
    expect(await remove(owner, method)).toBe(204);
    expect(await remove(stranger, method)).toBe(404);
    await until("it to be detached", async () => {
      const { customer } = await dashboard.paymentMethods.retrieve(method);
      return customer === null;
    });
    const booking = world.book({ customerId: owner });
    await booking.held(method);
    expect(await declined(booking)).toBe("payment/method-not-usable");
  });

  test("is not removed while a balance is to be taken by it", async () => {
    const guest = newId("usr");
    const now = await world.moveClock(0);
    const at = (hours: number) => now.add({ hours }).toString({ smallestUnit: "millisecond" });
    const balance = {
      charge: 2,
      amount: { amountMinor: 7_000, currency: "EUR" },
      dueAt: at(10),
      givesUpAt: at(82),
    };
    const booking = world.book({ customerId: guest, startsAt: at(200), endsAt: at(201), balance });
    await booking.held("pm_card_visa");
    await world.reaches(booking, "authorised");
    await booking.confirmed();
    await world.chargeReaches(booking, 2, "requested");
    const [kept] = await methodsOf(guest);
    expect(await remove(guest, kept!.paymentMethodId)).toBe(409);
    await booking.cancelled(3_000);
    await world.chargeReaches(booking, 2, "voided");
    expect(await remove(guest, kept!.paymentMethodId)).toBe(204);
  });
});

describe("what happens at the provider's dashboard", () => {
  test("is so here at once, with no webhook: what is detached is not listed", async () => {
    const guest = newId("usr");
    const method = await keptBy(guest);
    world.stripe.setSwitches({ webhooks: "off" });
    await dashboard.paymentMethods.detach(method);
    expect(await methodsOf(guest)).toEqual([]);
    expect(await remove(guest, method)).toBe(404);
  });

  test("a customer deleted there keeps nobody from paying, and is made anew when next needed", async () => {
    const [payer, reader] = [newId("usr"), newId("usr")];
    for (const guest of [payer, reader]) {
      await keptBy(guest);
      await dashboard.customers.del((await customerRow(guest))!.provider_id!);
    }
    const booking = world.book({ customerId: payer });
    await booking.held({ paymentMethod: "pm_card_visa", saveMethod: true });
    await world.reaches(booking, "authorised");
    expect(await methodsOf(reader)).toEqual([]);
    for (const guest of [payer, reader]) {
      const method = await keptBy(guest, "pm_card_mastercard");
      expect(await methodsOf(guest)).toMatchObject([{ paymentMethodId: method, brand: "mastercard" }]);
      expect(customersMade(guest)).toBe(2);
    }
  });
});

describe("a person who is erased", () => {
  const erase = (userId: UserId) =>
    world.tap.emit(userErased, { subject: userId, version: 2, data: { userId } });
  const exported = async (userId: UserId) => {
    const response = await fetch(`http://127.0.0.1:${world.port}/internal/personal-data/payment/${userId}`, {
      headers: world.signer.authorization({ userId: "svc:auth", roles: ["service"] }),
      signal: AbortSignal.timeout(5_000),
    });
    return (await response.json()) as { readonly data: Readonly<Record<string, object[]>> };
  };

  /** How many of the provider's events are of this customer. */
  const toldOf = async (customerId: string, which: "processed" | "stored") => {
    const { rowCount } = await world.sql.query(
      `select from stripe_events where payload::text like '%' || $1 || '%'
        and ($2 = 'stored' or processed_at is not null)`,
      [customerId, which],
    );
    return rowCount;
  };

  test("was told what is kept to pay by; their customer is deleted at the provider, and nothing told of it stays", async () => {
    const guest = newId("usr");
    const method = await keptBy(guest);
    const { data } = await exported(guest);
    expect(data["paymentMethods"]).toMatchObject([{ paymentMethodId: method, last4: "4242" }]);
    const customerId = (await customerRow(guest))!.provider_id!;
    await until("the provider to have told of it", async () => (await toldOf(customerId, "processed")) === 3);
    world.stripe.setSwitches({ faults: [{ operation: "customers.delete", outcome: "cut-before" }] });
    await erase(guest);
    await until("it to be gone there", async () => (await customerRow(guest))?.provider_id === null);
    expect(await dashboard.customers.retrieve(customerId)).toMatchObject({ deleted: true });
    expect((await exported(guest)).data["paymentMethods"]).toEqual([]);
    expect(await toldOf(customerId, "stored")).toBe(0);
  });

  test("is made no customer by a booking that is heard of late, and pays without one", async () => {
    const guest = newId("usr");
    await erase(guest);
    await until("them to be erased", async () => (await customerRow(guest))?.erased === true);
    const booking = world.book({ customerId: guest });
    await booking.held({ paymentMethod: "pm_card_visa", saveMethod: true });
    await world.reaches(booking, "authorised");
    expect(customersMade(guest)).toBe(0);
  });
});

test("while the provider does not answer nothing is listed or removed by guess", async () => {
  const guest = newId("usr");
  const method = await keptBy(guest);
  world.stripe.setSwitches({ refuseConnections: true });
  expect((await call("GET", "/v1/payment-methods", guest)).status).toBe(503);
  expect(await remove(guest, method)).toBe(503);
});
