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

async function transactionOf(charge: string): Promise<Stripe.BalanceTransaction> {
  const { balance_transaction: id } = await stripe.charges.retrieve(charge);
  return stripe.balanceTransactions.retrieve(idOf(id));
}

describe("a captured charge", () => {
  it("is booked with its fee, which an expanded intent shows", async () => {
    const taken = await captured();
    const { latest_charge: charge } = await stripe.paymentIntents.retrieve(taken.id, {
      expand: ["latest_charge.balance_transaction"],
    });
    expect(charge).toMatchObject({
      balance_transaction: {
        object: "balance_transaction",
        amount: 10_000,
        fee: 175,
        fee_details: [{ amount: 175, currency: "eur", type: "stripe_fee" }],
        net: 9825,
        currency: "eur",
        type: "charge",
        reporting_category: "charge",
        status: "available",
        source: idOf(taken.latest_charge),
      },
    });
  });

  it("is booked once it is captured, with what is captured", async () => {
    const held = await stripe.paymentIntents.create(heldPayment);
    expect((await stripe.charges.retrieve(idOf(held.latest_charge))).balance_transaction).toBeNull();
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 4000 });
    expect(await transactionOf(idOf(held.latest_charge))).toMatchObject({ amount: 4000, fee: 85, net: 3915 });
  });

  it.each([
    [1033, 40],
    [1034, 41],
    [1100, 42],
  ])("of %i costs %i: the share is rounded half up", async (amount, fee) => {
    const taken = await captured(amount);
    expect(await transactionOf(idOf(taken.latest_charge))).toMatchObject({ amount, fee, net: amount - fee });
  });

  it("costs what the prices set by a switch say", async () => {
    standIn.setSwitches({ pricing: { basisPoints: 290, fixedMinor: 30 } });
    const taken = await captured();
    expect(await transactionOf(idOf(taken.latest_charge))).toMatchObject({ fee: 320 });
    standIn.setSwitches({ pricing: { basisPoints: 0, fixedMinor: 0 } });
    const free = await captured();
    expect(await transactionOf(idOf(free.latest_charge))).toMatchObject({ fee: 0, fee_details: [] });
  });

  it("is booked after the fact, and told of, with automatic_async", async () => {
    const taken = await stripe.paymentIntents.create({ ...heldPayment, capture_method: "automatic_async" });
    const events = await stripe.events.list({ types: ["charge.*"] });
    expect(events.data).toMatchObject([
      { type: "charge.updated", data: { object: { balance_transaction: expect.stringMatching(/^txn_/) } } },
      { type: "charge.succeeded", data: { object: { balance_transaction: null } } },
    ]);
    expect(await transactionOf(idOf(taken.latest_charge))).toMatchObject({ amount: 10_000 });
  });

  it("that was declined or voided is not booked at all", async () => {
    await refusalOf(
      stripe.paymentIntents.create({ ...heldPayment, payment_method: "pm_card_chargeDeclined" }),
    );
    const held = await stripe.paymentIntents.create(heldPayment);
    await stripe.paymentIntents.cancel(held.id);
    expect((await stripe.balanceTransactions.list()).data).toEqual([]);
  });
});

describe("a refund", () => {
  it("takes its amount, and gives no fee back", async () => {
    const taken = await captured();
    const refund = await stripe.refunds.create({
      payment_intent: taken.id,
      amount: 4000,
      expand: ["balance_transaction"],
    });
    expect(refund.balance_transaction).toMatchObject({
      amount: -4000,
      fee: 0,
      fee_details: [],
      net: -4000,
      type: "refund",
      source: refund.id,
    });
  });

  it("that fails brings its amount back", async () => {
    const taken = await captured();
    const refund = await stripe.refunds.create({ payment_intent: taken.id });
    await post(standIn, `refunds/${refund.id}/fail`);
    const failed = await stripe.refunds.retrieve(refund.id, { expand: ["failure_balance_transaction"] });
    expect(failed.failure_balance_transaction).toMatchObject({ amount: 10_000, type: "refund_failure" });
    const both = await stripe.balanceTransactions.list({ source: refund.id });
    expect(both.data.map(({ net }) => net)).toEqual([10_000, -10_000]);
  });
});

describe("a reconciliation", () => {
  it("pages through every transaction by type, source and currency, in both directions", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push((await captured(1000 + count)).id);
    const refund = await stripe.refunds.create({ payment_intent: ids[0]!, amount: 100 });
    await stripe.paymentIntents.create({ ...heldPayment, capture_method: "automatic", currency: "usd" });
    const amounts: number[] = [];
    for await (const { amount } of stripe.balanceTransactions.list({
      type: "charge",
      currency: "eur",
      limit: 2,
    })) {
      amounts.push(amount);
    }
    expect(amounts).toEqual([1004, 1003, 1002, 1001, 1000]);
    const { data: all } = await stripe.balanceTransactions.list();
    const oldest = all.at(-1);
    const after: number[] = [];
    for await (const { amount } of stripe.balanceTransactions.list({
      ending_before: oldest?.id ?? "",
      limit: 2,
    })) {
      after.push(amount);
    }
    expect(after).toEqual([1001, 1002, 1003, 1004, -100, 10_000]);
    const bySource = await stripe.balanceTransactions.list({ source: refund.id });
    expect(bySource.data).toMatchObject([{ type: "refund", amount: -100 }]);
    const expanded = await stripe.balanceTransactions.list({ type: "refund", expand: ["data.source"] });
    expect(expanded.data[0]?.source).toMatchObject({ object: "refund", id: refund.id });
  });

  it("lists what was created within its window alone", async () => {
    let seconds = 1_900_000_000;
    const timed = await startWithClient({ nowMs: () => seconds * 1000 });
    await using _ = timed.standIn;
    const made: string[] = [];
    for (; seconds < 1_900_000_003; seconds += 1) {
      const taken = await timed.stripe.paymentIntents.create({ ...heldPayment, capture_method: "automatic" });
      await timed.stripe.refunds.create({ payment_intent: taken.id, amount: 100 });
      made.push(taken.id);
    }
    const created = { gte: 1_900_000_001, lt: 1_900_000_002 };
    const { balanceTransactions, charges, refunds, paymentIntents } = timed.stripe;
    expect((await balanceTransactions.list({ created })).data.map(({ net }) => net)).toEqual([-100, 9825]);
    expect((await charges.list({ created })).data.map((charge) => charge.payment_intent)).toEqual([made[1]]);
    expect((await refunds.list({ created })).data.map((refund) => refund.payment_intent)).toEqual([made[1]]);
    expect((await paymentIntents.list({ created })).data.map(({ id }) => id)).toEqual([made[1]]);
  });

  it("finds charges by customer and transfer group", async () => {
    const customer = await stripe.customers.create();
    await captured();
    const taken = await stripe.paymentIntents.create({
      ...heldPayment,
      capture_method: "automatic",
      customer: customer.id,
      transfer_group: "booking_1",
    });
    const charge = idOf(taken.latest_charge);
    for (const filter of [{ customer: customer.id }, { transfer_group: "booking_1" }]) {
      expect((await stripe.charges.list(filter)).data.map(({ id }) => id)).toEqual([charge]);
    }
  });

  it("is refused a cursor that is not there, and two at once", async () => {
    const missing = await refusalOf(stripe.balanceTransactions.list({ starting_after: "txn_none" }));
    expect(missing).toMatchObject({ code: "resource_missing", param: "starting_after" });
    const { data } = await stripe.charges.list({ payment_intent: (await captured()).id });
    const id = data[0]?.id ?? "";
    const both = await refusalOf(stripe.charges.list({ starting_after: id, ending_before: id }));
    expect(both.code).toBe("parameters_exclusive");
  });
});
