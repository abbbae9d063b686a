import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  eventually,
  heldPayment,
  idOf,
  receiveWebhooks,
  refusalOf,
  startWithClient,
} from "./stand-in.fixture.ts";

describe("an account with a state file", () => {
  it("captures, refunds and counts in a later start what an earlier one authorised", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "holdfast-stripe-"));
    const stateFile = join(folder.path, "stripe.jsonl");
    const first = await startWithClient({ stateFile });
    const held = await first.stripe.paymentIntents.create(heldPayment, { idempotencyKey: "one" });
    const taken = await first.stripe.paymentIntents.create({ ...heldPayment, capture_method: "automatic" });
    await first.stripe.refunds.create({ payment_intent: taken.id, amount: 4_000 });
    const customer = await first.stripe.customers.create({ email: "ada@example.com" });
    const before = first.standIn.ledger();
    await first.standIn[Symbol.asyncDispose]();

    const second = await startWithClient({ stateFile });
    expect(second.standIn.ledger()).toEqual(before);
    const booked = await second.stripe.balanceTransactions.list({ source: idOf(taken.latest_charge) });
    expect(booked.data).toMatchObject([{ type: "charge", net: 9825 }]);
    expect(await second.stripe.customers.retrieve(customer.id)).toMatchObject({ email: "ada@example.com" });
    const replayed = await second.stripe.paymentIntents.create(heldPayment, { idempotencyKey: "one" });
    expect(replayed.id).toBe(held.id);
    await second.stripe.paymentIntents.capture(held.id);
    await second.stripe.refunds.create({ payment_intent: held.id });
    const error = await refusalOf(second.stripe.refunds.create({ payment_intent: taken.id, amount: 6_001 }));
    expect(error.message).toContain("greater than unrefunded amount");
    await second.stripe.refunds.create({ payment_intent: taken.id, amount: 6_000 });
    await second.standIn[Symbol.asyncDispose]();

    const third = await startWithClient({ stateFile });
    await using _ = third.standIn;
    expect(third.standIn.ledger().totals["eur"]).toMatchObject({
      intents: 2,
      captured: 20_000,
      refunded: 20_000,
    });
  });

  it("sends in a later start the events an earlier one could not deliver, and only those", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "holdfast-stripe-"));
    const stateFile = join(folder.path, "stripe.jsonl");
    await using receiver = await receiveWebhooks();
    const enabledEvents = ["payment_intent.created", "payment_intent.amount_capturable_updated"];
    receiver.statuses.push(200, 500);
    const delivery = { concurrency: 1, retryDelayMs: 60_000 };
    const first = await startWithClient({ stateFile, webhookUrl: receiver.url, enabledEvents, delivery });
    await first.stripe.paymentIntents.create(heldPayment);
    await eventually(() =>
      expect(first.standIn.webhooks()).toMatchObject({ delivered: 1, failedAttempts: 1 }),
    );
    await first.standIn[Symbol.asyncDispose]();

    const second = await startWithClient({ stateFile, webhookUrl: receiver.url, enabledEvents, delivery });
    await using _ = second.standIn;
    await eventually(() => expect(second.standIn.webhooks()).toMatchObject({ delivered: 1, waiting: 0 }));
    expect(receiver.types()).toEqual([...enabledEvents, "payment_intent.amount_capturable_updated"]);
  });
});
