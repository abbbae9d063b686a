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

async function paid(more: Partial<Stripe.PaymentIntentCreateParams> = {}): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create({ ...heldPayment, capture_method: "automatic", ...more });
}

async function disputed(intent: Stripe.PaymentIntent, more: object = {}): Promise<Stripe.Dispute> {
  const response = await post(standIn, "disputes", { charge: idOf(intent.latest_charge), ...more });
  expect(response.status).toBe(200);
  return (await response.json()) as Stripe.Dispute;
}

async function decided(dispute: Stripe.Dispute, outcome: "won" | "lost"): Promise<Stripe.Dispute> {
  const response = await post(standIn, `disputes/${dispute.id}/close`, { outcome });
  return (await response.json()) as Stripe.Dispute;
}

async function available(): Promise<number | undefined> {
  return (await stripe.balance.retrieve()).available[0]?.amount;
}

async function told(): Promise<string[]> {
  const { data } = await stripe.events.list({ type: "charge.dispute.*" });
  return data.map(({ type }) => type.slice("charge.dispute.".length)).toReversed();
}

describe("a dispute", () => {
  it("takes its amount and a fee from the balance at once", async () => {
    const intent = await paid();
    const dispute = await disputed(intent, { reason: "product_not_received" });
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({
      object: "dispute",
      status: "needs_response",
      amount: 10_000,
      currency: "eur",
      charge: idOf(intent.latest_charge),
      payment_intent: intent.id,
      reason: "product_not_received",
      is_charge_refundable: false,
      balance_transactions: [
        {
          type: "adjustment",
          reporting_category: "dispute",
          amount: -10_000,
          fee: 2000,
          fee_details: [{ amount: 2000, type: "stripe_fee", description: "Dispute fee" }],
          net: -12_000,
          source: dispute.id,
        },
      ],
    });
    expect(await available()).toBe(9825 - 12_000);
    expect(await told()).toEqual(["created", "funds_withdrawn"]);
    expect((await stripe.charges.retrieve(idOf(intent.latest_charge))).disputed).toBe(true);
    const listed = await stripe.disputes.list({ payment_intent: intent.id });
    expect(listed.data.map(({ id }) => id)).toEqual([dispute.id]);
  });

  it("that is won brings the amount back, and the fee only where the prices say so", async () => {
    const dispute = await disputed(await paid());
    expect(await decided(dispute, "won")).toMatchObject({
      status: "won",
      balance_transactions: [
        { net: -12_000 },
        { net: 10_000, fee: 0, type: "adjustment", reporting_category: "dispute_reversal" },
      ],
    });
    expect(await told()).toEqual(["created", "funds_withdrawn", "funds_reinstated", "closed"]);
    expect(await available()).toBe(9825 - 2000);
    standIn.setSwitches({ pricing: { disputeMinor: 1500, returnsDisputeFee: true } });
    await decided(await disputed(await paid()), "won");
    expect(await available()).toBe(2 * 9825 - 2000);
  });

  it("that is lost brings nothing back, and is over", async () => {
    const dispute = await disputed(await paid());
    expect(await decided(dispute, "lost")).toMatchObject({ status: "lost" });
    expect(await told()).toEqual(["created", "funds_withdrawn", "closed"]);
    expect(await available()).toBe(9825 - 12_000);
    expect((await post(standIn, `disputes/${dispute.id}/close`, { outcome: "won" })).status).toBe(400);
    const late = await refusalOf(
      stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: "late" } }),
    );
    expect(late.statusCode).toBe(400);
  });

  it("can be given in to by the platform", async () => {
    const dispute = await disputed(await paid());
    expect((await stripe.disputes.close(dispute.id)).status).toBe("lost");
  });

  it("forbids refunds until it is won", async () => {
    const intent = await paid();
    const dispute = await disputed(intent);
    const refused = await refusalOf(stripe.refunds.create({ payment_intent: intent.id, amount: 100 }));
    expect(refused).toMatchObject({ statusCode: 400, code: "charge_disputed" });
    expect(refused.charge).toBe(idOf(intent.latest_charge));
    await decided(dispute, "won");
    expect((await stripe.refunds.create({ payment_intent: intent.id, amount: 100 })).status).toBe(
      "succeeded",
    );
    const other = await paid();
    await decided(await disputed(other), "lost");
    const lost = await refusalOf(stripe.refunds.create({ payment_intent: other.id }));
    expect(lost.code).toBe("charge_disputed");
  });

  it("is about what was not refunded before, or about the part it names", async () => {
    const intent = await paid();
    await stripe.refunds.create({ payment_intent: intent.id, amount: 4000 });
    expect((await disputed(intent)).amount).toBe(6000);
    expect((await disputed(await paid(), { amount: 2500 })).amount).toBe(2500);
  });

  it("is opened on a captured charge alone, and once", async () => {
    const held = await stripe.paymentIntents.create(heldPayment);
    expect((await post(standIn, "disputes", { payment_intent: held.id })).status).toBe(400);
    const intent = await paid();
    await disputed(intent);
    expect((await post(standIn, "disputes", { payment_intent: intent.id })).status).toBe(400);
    expect((await post(standIn, "disputes", { charge: "ch_none" })).status).toBe(404);
    expect((await post(standIn, "disputes", {})).status).toBe(400);
  });
});

describe("evidence", () => {
  it("is staged, then submitted, and waits for the bank", async () => {
    const dispute = await disputed(await paid());
    const staged = await stripe.disputes.update(dispute.id, {
      evidence: { service_date: "2030-01-01", customer_name: "Ada" },
      metadata: { case: "1" },
      submit: false,
    });
    expect(staged).toMatchObject({
      status: "needs_response",
      evidence: { service_date: "2030-01-01", customer_name: "Ada" },
      evidence_details: { has_evidence: true, submission_count: 0 },
      metadata: { case: "1" },
    });
    const submitted = await stripe.disputes.update(dispute.id, { evidence: { receipt: "file_1" } });
    expect(submitted).toMatchObject({
      status: "under_review",
      evidence: { customer_name: "Ada", receipt: "file_1" },
      evidence_details: { submission_count: 1 },
    });
    expect(await decided(dispute, "won")).toMatchObject({ status: "won" });
  });

  it.each([
    ["winning_evidence", "won"],
    ["losing_evidence", "lost"],
  ] as const)("of the text %s decides it: %s", async (text, status) => {
    const dispute = await disputed(await paid());
    const decision = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: text } });
    expect(decision.status).toBe(status);
    expect((await told()).at(-1)).toBe("closed");
  });
});

describe("a card that disputes", () => {
  it.each([
    ["pm_card_createDispute", "fraudulent"],
    ["pm_card_createDisputeProductNotReceived", "product_not_received"],
  ])("%s does so by itself once it has paid, as %s", async (token, reason) => {
    const held = await stripe.paymentIntents.create({ ...heldPayment, payment_method: token });
    expect((await stripe.disputes.list()).data).toEqual([]);
    await stripe.paymentIntents.capture(held.id, { amount_to_capture: 7000 });
    const [dispute] = (await stripe.disputes.list({ charge: idOf(held.latest_charge) })).data;
    expect(dispute).toMatchObject({ reason, amount: 7000, status: "needs_response" });
    const taken = await paid({ payment_method: token });
    const [another] = (await stripe.disputes.list({ charge: idOf(taken.latest_charge) })).data;
    expect(another).toMatchObject({ reason, amount: 10_000 });
  });
});
