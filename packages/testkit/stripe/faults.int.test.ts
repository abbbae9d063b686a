import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Stripe } from "stripe";
import { eventually, heldPayment, receiveWebhooks, refusalOf, startWithClient } from "./stand-in.fixture.ts";
import type { StripeStandIn } from "./stand-in.ts";
import type { SwitchChanges } from "./switches.ts";

let standIn: StripeStandIn;
let stripe: Stripe;

beforeAll(async () => {
  ({ standIn, stripe } = await startWithClient());
});
beforeEach(() => standIn.reset());
afterAll(() => standIn[Symbol.asyncDispose]());

const keyed = { idempotencyKey: "booking:bkg_1:1" };
/** As patient as a test can be with a call that is never answered. */
const impatient = { timeout: 200, maxNetworkRetries: 0 };

function fault(one: NonNullable<SwitchChanges["faults"]>[number]): void {
  standIn.setSwitches({ faults: [one] });
}

describe("a fault", () => {
  it("refuses with the code and status it is given, and keeps that under the key", async () => {
    fault({
      outcome: "refused",
      operation: "payment_intents.create",
      status: 402,
      code: "card_declined",
      declineCode: "do_not_honor",
    });
    const refused = await refusalOf(stripe.paymentIntents.create(heldPayment, keyed));
    expect(refused).toMatchObject({
      type: "StripeCardError",
      code: "card_declined",
      decline_code: "do_not_honor",
    });
    expect((await refusalOf(stripe.paymentIntents.create(heldPayment, keyed))).code).toBe("card_declined");
    expect((await stripe.paymentIntents.create(heldPayment)).status).toBe("requires_capture");
  });

  it("that is not kept lets the same key pass the next time", async () => {
    fault({ outcome: "refused", code: "lock_timeout", kept: false });
    expect((await refusalOf(stripe.paymentIntents.create(heldPayment, keyed))).code).toBe("lock_timeout");
    expect((await stripe.paymentIntents.create(heldPayment, keyed)).status).toBe("requires_capture");
  });

  it.each(["timeout-before", "cut-before"] as const)("%s leaves nothing done", async (outcome) => {
    fault({ outcome, operation: "payment_intents.create", times: 2 });
    const lost = await refusalOf(stripe.paymentIntents.create(heldPayment, { ...keyed, ...impatient }));
    expect(lost.type).toBe("StripeConnectionError");
    expect(standIn.ledger().intents).toEqual([]);
    expect(standIn.requests().at(-1)).toMatchObject({ outcome: "lost", status: 0 });
    standIn.resetSwitches();
    const made = await stripe.paymentIntents.create(heldPayment, keyed);
    expect(made.lastResponse.headers["idempotent-replayed"]).toBeUndefined();
  });

  it.each(["timeout-after", "cut-after"] as const)("%s leaves it done and unanswered", async (outcome) => {
    fault({ outcome, operation: "payment_intents.create", times: 2 });
    const lost = await refusalOf(stripe.paymentIntents.create(heldPayment, { ...keyed, ...impatient }));
    expect(lost.type).toBe("StripeConnectionError");
    expect(standIn.ledger().intents).toHaveLength(1);
    expect(standIn.requests().at(-1)).toMatchObject({ outcome: "dropped", status: 200 });
    standIn.resetSwitches();
    const made = await stripe.paymentIntents.create(heldPayment, keyed);
    expect(made.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(standIn.ledger().intents).toHaveLength(1);
  });

  it("strikes the calls of a method and path, and every operation of a kind", async () => {
    const held = await stripe.paymentIntents.create(heldPayment);
    fault({ outcome: "failed", status: 503, method: "POST", path: "/v1/payment_intents/*/capture" });
    expect((await stripe.paymentIntents.retrieve(held.id)).status).toBe("requires_capture");
    expect((await refusalOf(stripe.paymentIntents.capture(held.id))).statusCode).toBe(503);
    expect((await stripe.paymentIntents.capture(held.id)).status).toBe("succeeded");
    fault({ outcome: "failed", operation: "balance_transactions.*" });
    expect((await stripe.charges.list()).data).toHaveLength(1);
    expect((await refusalOf(stripe.balanceTransactions.list())).statusCode).toBe(500);
  });

  it("strikes after as many calls as it lets pass, beside others", async () => {
    standIn.setSwitches({
      faults: [
        { outcome: "refused", operation: "payment_intents.create", after: 2, code: "lock_timeout" },
        { outcome: "refused", operation: "customers.create", code: "email_invalid" },
      ],
    });
    const first = await stripe.paymentIntents.create(heldPayment);
    const second = await stripe.paymentIntents.create(heldPayment);
    expect(first.id).not.toBe(second.id);
    expect((await refusalOf(stripe.customers.create())).code).toBe("email_invalid");
    expect((await refusalOf(stripe.paymentIntents.create(heldPayment))).code).toBe("lock_timeout");
    expect((await stripe.paymentIntents.create(heldPayment)).status).toBe("requires_capture");
  });
});

describe("webhooks to order", () => {
  it("come before the answer to the call that caused them", async () => {
    await using receiver = await receiveWebhooks();
    const own = await startWithClient({
      webhookUrl: receiver.url,
      switches: { webhooks: { beforeAnswer: true } },
    });
    await using _ = own.standIn;
    await own.stripe.paymentIntents.create(heldPayment);
    expect(receiver.types().toSorted()).toEqual([
      "charge.succeeded",
      "payment_intent.amount_capturable_updated",
      "payment_intent.created",
    ]);
  });

  it("never come for the types named, while the others do", async () => {
    await using receiver = await receiveWebhooks();
    const own = await startWithClient({
      webhookUrl: receiver.url,
      switches: { webhooks: { types: ["payment_intent.*"], never: true } },
    });
    await using _ = own.standIn;
    await own.stripe.paymentIntents.create(heldPayment);
    await eventually(() =>
      expect(own.standIn.webhooks()).toMatchObject({ delivered: 1, lost: 2, waiting: 0 }),
    );
    expect(receiver.types()).toEqual(["charge.succeeded"]);
  });
});
