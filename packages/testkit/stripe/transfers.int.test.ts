import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stripe } from "stripe";
import { heldPayment, idOf, openVendor, post, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";

let standIn: StripeStandIn;
let stripe: Stripe;
let vendor: string;

beforeAll(async () => {
  ({ standIn, stripe } = await startWithClient());
});
beforeEach(async () => {
  standIn.reset();
  vendor = await openVendor(standIn, stripe);
});
afterAll(() => standIn[Symbol.asyncDispose]());

async function charged(
  amount = 10_000,
  more: Partial<Stripe.PaymentIntentCreateParams> = {},
): Promise<string> {
  const automatic = { ...heldPayment, amount, capture_method: "automatic" } as const;
  return idOf((await stripe.paymentIntents.create({ ...automatic, ...more })).latest_charge);
}

async function transferred(
  amount: number,
  more: Partial<Stripe.TransferCreateParams> = {},
  options: Stripe.RequestOptions = {},
): Promise<Stripe.Transfer> {
  return stripe.transfers.create({ amount, currency: "eur", destination: vendor, ...more }, options);
}

async function available(stripeAccount?: string): Promise<number | undefined> {
  const options = stripeAccount === undefined ? {} : { stripeAccount };
  const balance = await stripe.balance.retrieve({}, options);
  return balance.available.find(({ currency }) => currency === "eur")?.amount;
}

describe("a transfer", () => {
  it("moves money from the platform's balance to the vendor's", async () => {
    const charge = await charged();
    const transfer = await transferred(8000, {
      source_transaction: charge,
      metadata: { booking_id: "bkg_1" },
      expand: ["balance_transaction"],
    });
    expect(transfer).toMatchObject({
      object: "transfer",
      amount: 8000,
      amount_reversed: 0,
      reversed: false,
      destination: vendor,
      source_transaction: charge,
      metadata: { booking_id: "bkg_1" },
      balance_transaction: { type: "transfer", amount: -8000, fee: 0, net: -8000, source: transfer.id },
    });
    expect(transfer.destination_payment).toMatch(/^py_/);
    expect(await available()).toBe(9825 - 8000);
    expect(await available(vendor)).toBe(8000);
    const events = await stripe.events.list({ type: "transfer.*" });
    expect(events.data).toMatchObject([{ type: "transfer.created", data: { object: { id: transfer.id } } }]);
  });

  it("is made once under one key", async () => {
    const keyed = { idempotencyKey: "settlement:1" };
    const first = await transferred(500, {}, keyed);
    expect((await transferred(500, {}, keyed)).id).toBe(first.id);
    expect(await available(vendor)).toBe(500);
    expect((await refusalOf(transferred(501, {}, keyed))).type).toBe("StripeIdempotencyError");
  });

  it("takes its charge's group, or gives it one", async () => {
    const grouped = await charged(10_000, { transfer_group: "booking_1" });
    expect((await transferred(1, { source_transaction: grouped })).transfer_group).toBe("booking_1");
    const other = await refusalOf(transferred(1, { source_transaction: grouped, transfer_group: "other" }));
    expect(other).toMatchObject({ statusCode: 400, param: "transfer_group" });
    const single = await charged();
    const { transfer_group: group } = await transferred(1, { source_transaction: single });
    const { payment_intent: intent, transfer_group: given } = await stripe.charges.retrieve(single);
    expect([group, given]).toEqual([`group_${idOf(intent)}`, group]);
    expect((await stripe.transfers.list({ transfer_group: "booking_1" })).data).toHaveLength(1);
  });

  it("cannot take more of a charge than was captured, in several transfers neither", async () => {
    const charge = await charged(10_000);
    const first = await transferred(6000, { source_transaction: charge });
    const over = await refusalOf(transferred(4001, { source_transaction: charge }));
    expect(over).toMatchObject({ statusCode: 400, param: "amount" });
    await stripe.transfers.createReversal(first.id, { amount: 1000 });
    expect((await transferred(5000, { source_transaction: charge })).amount).toBe(5000);
    expect(await available(vendor)).toBe(10_000);
    const held = await stripe.paymentIntents.create(heldPayment);
    const early = await refusalOf(transferred(1, { source_transaction: idOf(held.latest_charge) }));
    expect(early).toMatchObject({ statusCode: 400, param: "source_transaction" });
    const foreign = await refusalOf(transferred(1, { source_transaction: charge, currency: "usd" }));
    expect(foreign.param).toBe("currency");
  });

  it("is refused to an account that is restricted, not yet onboarded, or not there", async () => {
    await post(standIn, `accounts/${vendor}/restrict`);
    const { id: newcomer } = await stripe.accounts.create({
      type: "express",
      capabilities: { transfers: { requested: true } },
    });
    for (const destination of [vendor, newcomer]) {
      const refused = await refusalOf(transferred(100, { destination }));
      expect(refused).toMatchObject({ statusCode: 400, code: "insufficient_capabilities_for_transfer" });
    }
    const missing = await refusalOf(transferred(100, { destination: "acct_none" }));
    expect(missing).toMatchObject({ code: "resource_missing", param: "destination" });
    expect((await stripe.transfers.list()).data).toEqual([]);
    expect((await stripe.balanceTransactions.list()).data).toEqual([]);
  });

  it("needs the money to be there once balances are checked, unless a charge is its source", async () => {
    standIn.setSwitches({ checkBalances: true });
    const charge = await charged(1000);
    const refused = await refusalOf(transferred(961));
    expect(refused).toMatchObject({ statusCode: 400, code: "balance_insufficient" });
    expect((await transferred(960)).amount).toBe(960);
    expect((await transferred(1000, { source_transaction: charge })).amount).toBe(1000);
    expect(await available()).toBe(-1000);
  });

  it("is found by its destination and changed in its metadata alone", async () => {
    const transfer = await transferred(100);
    const other = await openVendor(standIn, stripe);
    await transferred(200, { destination: other });
    const found = await stripe.transfers.list({ destination: vendor });
    expect(found.data.map(({ id }) => id)).toEqual([transfer.id]);
    await stripe.transfers.update(transfer.id, { metadata: { settlement: "1" } });
    expect((await stripe.transfers.retrieve(transfer.id)).metadata).toEqual({ settlement: "1" });
    const { data } = await stripe.events.list({ type: "transfer.updated" });
    expect(data).toMatchObject([{ data: { object: { metadata: { settlement: "1" } } } }]);
  });
});

describe("a reversal", () => {
  it("takes a transfer back in parts, and not one cent over", async () => {
    const transfer = await transferred(1000);
    const first = await stripe.transfers.createReversal(transfer.id, {
      amount: 400,
      metadata: { refund: "1" },
      expand: ["balance_transaction"],
    });
    expect(first).toMatchObject({
      object: "transfer_reversal",
      amount: 400,
      transfer: transfer.id,
      metadata: { refund: "1" },
      balance_transaction: { type: "transfer_refund", amount: 400, net: 400, source: first.id },
    });
    const over = await refusalOf(stripe.transfers.createReversal(transfer.id, { amount: 601 }));
    expect(over).toMatchObject({ statusCode: 400, param: "amount" });
    const rest = await stripe.transfers.createReversal(transfer.id);
    expect(rest.amount).toBe(600);
    expect((await refusalOf(stripe.transfers.createReversal(transfer.id))).message).toContain("reversed");
    expect(await stripe.transfers.retrieve(transfer.id)).toMatchObject({
      amount_reversed: 1000,
      reversed: true,
      reversals: { data: [{ id: rest.id }, { id: first.id }], has_more: false },
    });
    const listed = await stripe.transfers.listReversals(transfer.id, { limit: 1 });
    expect(listed).toMatchObject({ data: [{ id: rest.id }], has_more: true });
    expect(await stripe.transfers.retrieveReversal(transfer.id, first.id)).toMatchObject({ amount: 400 });
    expect([await available(), await available(vendor)]).toEqual([0, 0]);
  });

  it("is told of each time, with the transfer as it has become", async () => {
    const transfer = await transferred(1000);
    await stripe.transfers.createReversal(transfer.id, { amount: 400 });
    await stripe.transfers.createReversal(transfer.id, {}, { idempotencyKey: "back" });
    await stripe.transfers.createReversal(transfer.id, {}, { idempotencyKey: "back" });
    const { data } = await stripe.events.list({ type: "transfer.reversed" });
    expect(data).toMatchObject([
      { data: { object: { amount_reversed: 1000, reversed: true } } },
      { data: { object: { amount_reversed: 400, reversed: false } } },
    ]);
  });

  it("is refused once the vendor has been paid out, where balances are checked", async () => {
    standIn.setSwitches({ checkBalances: true });
    const transfer = await transferred(1000, { source_transaction: await charged() });
    await post(standIn, `accounts/${vendor}/payout`, { currency: "eur", amount: 700 });
    const refused = await refusalOf(stripe.transfers.createReversal(transfer.id));
    expect(refused).toMatchObject({ statusCode: 400, code: "balance_insufficient" });
    expect((await stripe.transfers.createReversal(transfer.id, { amount: 300 })).amount).toBe(300);
    standIn.setSwitches({ checkBalances: false });
    await stripe.transfers.createReversal(transfer.id);
    expect(await available(vendor)).toBe(-700);
  });
});

describe("a payout", () => {
  it("lists what it has paid out, and nothing of another's", async () => {
    await charged(10_000);
    await transferred(5000);
    const first = (await (await post(standIn, "payouts", { currency: "eur" })).json()) as Stripe.Payout;
    expect(first.amount).toBe(4825);
    expect(await available()).toBe(0);
    await post(standIn, "fees", { currency: "eur", amount: 200 });
    await charged(2000);
    const second = (await (await post(standIn, "payouts", { currency: "eur" })).json()) as Stripe.Payout;
    const paidBy = async (payout: string): Promise<[string, number][]> =>
      (await stripe.balanceTransactions.list({ payout })).data.map(({ type, net }) => [type, net]);
    expect(await paidBy(first.id)).toEqual([
      ["payout", -4825],
      ["transfer", -5000],
      ["charge", 9825],
    ]);
    expect(await paidBy(second.id)).toEqual([
      ["payout", -1745],
      ["charge", 1945],
      ["stripe_fee", -200],
    ]);
    expect((await stripe.payouts.list()).data.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(await stripe.payouts.retrieve(first.id)).toMatchObject({ status: "paid", automatic: true });
  });
});
