import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Stripe } from "stripe";
import { eventually, heldPayment, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";

let standIn: StripeStandIn;
let stripe: Stripe;

beforeAll(async () => {
  ({ standIn, stripe } = await startWithClient());
});
beforeEach(() => standIn.reset());
afterAll(() => standIn[Symbol.asyncDispose]());

const keyed = { idempotencyKey: "booking:bkg_1:1" };

describe("an idempotency key", () => {
  it("is refused with other parameters, whatever their order when they are the same", async () => {
    await stripe.paymentIntents.create(heldPayment, keyed);
    const other = await refusalOf(stripe.paymentIntents.create({ ...heldPayment, amount: 9999 }, keyed));
    expect(other).toMatchObject({
      type: "StripeIdempotencyError",
      statusCode: 400,
      rawType: "idempotency_error",
    });
    const { amount, ...rest } = heldPayment;
    expect((await stripe.paymentIntents.create({ ...rest, amount }, keyed)).amount).toBe(amount);
  });

  it("is in use until its request has been answered", async () => {
    standIn.setSwitches({ latencyMs: 300 });
    const first = stripe.paymentIntents.create(heldPayment, keyed);
    const second = stripe.paymentIntents.create(heldPayment, keyed);
    const settled = await Promise.allSettled([first, second]);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const [refused] = settled.filter((result) => result.status === "rejected");
    expect(refused?.reason).toMatchObject({ statusCode: 409, code: "idempotency_key_in_use" });
    expect(standIn.ledger().intents).toHaveLength(1);
  });

  it("is free again when the parameters never passed validation", async () => {
    const refused = await refusalOf(stripe.paymentIntents.create({ ...heldPayment, amount: -1 }, keyed));
    expect(refused.statusCode).toBe(400);
    expect((await stripe.paymentIntents.create(heldPayment, keyed)).status).toBe("requires_capture");
  });

  it("gives the same intent to a retry after the first answer was lost on the way", async () => {
    standIn.setSwitches({ faults: [{ outcome: "cut-after", operation: "payment_intents.create" }] });
    // The client asks again by itself after a cut connection, under the same key.
    const created = await stripe.paymentIntents.create(heldPayment, keyed);
    expect(created.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(standIn.ledger().intents.map(({ id }) => id)).toEqual([created.id]);
    expect(standIn.requests().map(({ outcome }) => outcome)).toEqual(["dropped", "replayed"]);
  });

  it("gives the same intent to a caller that lost the answer for good", async () => {
    standIn.setSwitches({ faults: [{ outcome: "cut-after" }] });
    const lost = await fetch(`${standIn.url}/v1/payment_intents`, {
      method: "POST",
      headers: { authorization: "Bearer sk_test_holdfast", "idempotency-key": keyed.idempotencyKey },
      body: "amount=10000&currency=eur&capture_method=manual&confirm=true&payment_method=pm_card_visa&allowed_payment_method_types[0]=card&metadata[booking_id]=bkg_1",
    }).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(Error);
    await eventually(() => expect(standIn.ledger().intents).toHaveLength(1));
    const retried = await stripe.paymentIntents.create(heldPayment, keyed);
    expect(retried.id).toBe(standIn.ledger().intents[0]?.id);
    expect(standIn.ledger().intents).toHaveLength(1);
  });
});

describe("failures to order", () => {
  it("keeps a 500 under its key without having taken effect", async () => {
    standIn.setSwitches({
      faults: [{ outcome: "failed", status: 500, operation: "payment_intents.create" }],
    });
    const first = await refusalOf(stripe.paymentIntents.create(heldPayment, keyed));
    expect(first).toMatchObject({ statusCode: 500, type: "StripeAPIError" });
    const again = await refusalOf(stripe.paymentIntents.create(heldPayment, keyed));
    expect(again.headers?.["idempotent-replayed"]).toBe("true");
    expect(standIn.ledger().intents).toEqual([]);
    const fresh = await stripe.paymentIntents.create(heldPayment, { idempotencyKey: "booking:bkg_1:2" });
    expect(fresh.status).toBe("requires_capture");
  });

  it("forgets a 429, so that the same key works later", async () => {
    standIn.setSwitches({ faults: [{ outcome: "failed", status: 429 }] });
    const limited = await refusalOf(stripe.paymentIntents.create(heldPayment, keyed));
    expect(limited).toMatchObject({ statusCode: 429, type: "StripeRateLimitError", code: "rate_limit" });
    expect((await stripe.paymentIntents.create(heldPayment, keyed)).status).toBe("requires_capture");
  });

  it("strikes only the operation it names", async () => {
    standIn.setSwitches({
      faults: [{ outcome: "failed", status: 500, operation: "payment_intents.capture" }],
    });
    const held = await stripe.paymentIntents.create(heldPayment);
    expect((await refusalOf(stripe.paymentIntents.capture(held.id))).statusCode).toBe(500);
    expect((await stripe.paymentIntents.capture(held.id)).status).toBe("succeeded");
  });

  it("refuses connections to the API while its own routes answer", async () => {
    standIn.setSwitches({ refuseConnections: true });
    expect((await refusalOf(stripe.paymentIntents.create(heldPayment))).type).toBe("StripeConnectionError");
    const reset = await fetch(`${standIn.url}/_stand-in/switches`, { method: "DELETE" });
    expect(await reset.json()).toMatchObject({ refuseConnections: false });
    expect((await stripe.paymentIntents.create(heldPayment)).status).toBe("requires_capture");
    expect(standIn.ledger().intents).toHaveLength(1);
  });

  it("refuses a switch it does not know", async () => {
    const refused = await fetch(`${standIn.url}/_stand-in/switches`, {
      method: "PUT",
      body: '{"latency":5}',
    });
    expect(refused.status).toBe(400);
  });
});
