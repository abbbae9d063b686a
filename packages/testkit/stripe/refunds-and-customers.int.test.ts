import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stripe } from "stripe";
import { heldPayment, idOf, post, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";

let standIn: StripeStandIn;
let stripe: Stripe;

beforeAll(async () => {
  ({ standIn, stripe } = await startWithClient());
});
beforeEach(() => standIn.reset());
afterAll(() => standIn[Symbol.asyncDispose]());

async function captured(amount = 10_000): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ ...heldPayment, amount, capture_method: "automatic" });
}

describe("refunds", () => {
  it("go up to the captured amount in parts, and not one cent over", async () => {
    const taken = await captured();
    const first = await stripe.refunds.create({
      payment_intent: taken.id,
      amount: 4000,
      reason: "requested_by_customer",
    });
    expect(first).toMatchObject({ status: "succeeded", amount: 4000, payment_intent: taken.id });
    const over = await refusalOf(stripe.refunds.create({ payment_intent: taken.id, amount: 6001 }));
    expect(over).toMatchObject({ statusCode: 400, param: "amount" });
    const rest = await stripe.refunds.create({ charge: idOf(taken.latest_charge) });
    expect(rest.amount).toBe(6000);
    const again = await refusalOf(stripe.refunds.create({ payment_intent: taken.id, amount: 1 }));
    expect(again.code).toBe("charge_already_refunded");
    const listed = await stripe.refunds.list({ payment_intent: taken.id });
    expect(listed.data.map(({ id }) => id)).toEqual([rest.id, first.id]);
    expect(await stripe.charges.retrieve(idOf(taken.latest_charge))).toMatchObject({
      refunded: true,
      amount_refunded: 10_000,
    });
    expect(standIn.ledger().totals["eur"]).toMatchObject({ captured: 10_000, refunded: 10_000 });
  });

  it("that the guest's bank returns can be made again", async () => {
    const taken = await captured();
    const refund = await stripe.refunds.create({ payment_intent: taken.id });
    await post(standIn, `refunds/${refund.id}/fail`);
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe("failed");
    expect(standIn.ledger().totals["eur"]?.refunded).toBe(0);
    expect((await stripe.refunds.create({ payment_intent: taken.id })).amount).toBe(10_000);
  });
});

describe("customers and their cards", () => {
  it("are saved, charged later and forgotten", async () => {
    const customer = await stripe.customers.create({
      email: "guest@example.test",
      metadata: { user: "usr_1" },
    });
    const first = await stripe.paymentIntents.create({
      ...heldPayment,
      customer: customer.id,
      setup_future_usage: "off_session",
    });
    const cards = await stripe.customers.listPaymentMethods(customer.id);
    expect(cards.data.map(({ id }) => id)).toEqual([first.payment_method]);
    const card = idOf(first.payment_method);
    const later = await stripe.paymentIntents.create({
      ...heldPayment,
      customer: customer.id,
      payment_method: card,
      off_session: true,
    });
    expect(later.status).toBe("requires_capture");
    expect(
      (await refusalOf(stripe.paymentIntents.create({ ...heldPayment, payment_method: card }))).statusCode,
    ).toBe(400);
    expect(
      (await stripe.customers.update(customer.id, { name: "G", metadata: { user: "" } })).metadata,
    ).toEqual({});
    await stripe.paymentMethods.detach(card);
    expect((await stripe.paymentMethods.list({ customer: customer.id, type: "card" })).data).toEqual([]);
    expect(await stripe.customers.del(customer.id)).toMatchObject({ deleted: true });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    expect((await refusalOf(stripe.customers.update(customer.id, { name: "X" }))).code).toBe(
      "resource_missing",
    );
  });

  it("refuses to save a card that declines", async () => {
    const customer = await stripe.customers.create();
    const refused = await refusalOf(
      stripe.paymentMethods.attach("pm_card_chargeDeclined", { customer: customer.id }),
    );
    expect(refused.statusCode).toBe(402);
  });
});

describe("lists", () => {
  it("page from the newest through everything, and expand references", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 7; count += 1)
      ids.unshift((await stripe.paymentIntents.create(heldPayment)).id);
    const seen: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 3 })) seen.push(intent.id);
    expect(seen).toEqual(ids);
    const page = await stripe.paymentIntents.list({ limit: 1, expand: ["data.latest_charge"] });
    expect(page).toMatchObject({
      has_more: true,
      data: [{ latest_charge: { object: "charge", payment_intent: ids[0] } }],
    });
    const none = await stripe.paymentIntents.list({ created: { gt: (page.data[0]?.created ?? 0) + 10 } });
    expect(none.data).toEqual([]);
  });
});
