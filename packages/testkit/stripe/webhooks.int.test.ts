import { describe, expect, it } from "vitest";
import {
  eventually,
  heldPayment,
  idOf,
  openVendor,
  post,
  receiveWebhooks,
  startWithClient,
} from "./stand-in.fixture.ts";

const quickRetries = { retryDelayMs: 5, maxRetryDelayMs: 20 };

describe("webhooks", () => {
  it("tell a payment's whole life, each signed for the real client to verify", async () => {
    await using receiver = await receiveWebhooks();
    const { standIn, stripe } = await startWithClient({ webhookUrl: receiver.url });
    await using _ = standIn;
    const held = await stripe.paymentIntents.create(heldPayment, { idempotencyKey: "k" });
    await stripe.paymentIntents.capture(held.id);
    await stripe.refunds.create({ payment_intent: held.id, amount: 100 });
    await stripe.paymentIntents
      .create({ ...heldPayment, payment_method: "pm_card_chargeDeclined" })
      .catch(() => undefined);
    await stripe.paymentIntents.create({ ...heldPayment, payment_method: "pm_card_threeDSecure2Required" });
    const voided = await stripe.paymentIntents.create(heldPayment);
    await stripe.paymentIntents.cancel(voided.id);
    await eventually(() =>
      expect(new Set(receiver.types())).toEqual(
        new Set([
          "payment_intent.created",
          "charge.succeeded",
          "payment_intent.amount_capturable_updated",
          "charge.captured",
          "payment_intent.succeeded",
          "charge.refunded",
          "refund.created",
          "charge.failed",
          "payment_intent.payment_failed",
          "payment_intent.requires_action",
          "payment_intent.canceled",
        ]),
      ),
    );
    const authorised = receiver.events.find(
      ({ type }) => type === "payment_intent.amount_capturable_updated",
    );
    expect(authorised).toMatchObject({
      data: { object: { id: held.id, status: "requires_capture", amount_capturable: 10_000 } },
      request: { idempotency_key: "k", id: held.lastResponse.requestId },
    });
  });

  it("tell of vendors, transfers, disputes and payouts as well, each verified likewise", async () => {
    await using receiver = await receiveWebhooks();
    const { standIn, stripe } = await startWithClient({ webhookUrl: receiver.url });
    await using _ = standIn;
    const vendor = await openVendor(standIn, stripe);
    const paid = await stripe.paymentIntents.create({
      ...heldPayment,
      capture_method: "automatic",
      payment_method: "pm_card_createDispute",
    });
    const transfer = await stripe.transfers.create({
      amount: 500,
      currency: "eur",
      destination: vendor,
      source_transaction: idOf(paid.latest_charge),
    });
    await stripe.transfers.createReversal(transfer.id);
    await stripe.transfers.update(transfer.id, { metadata: { a: "1" } });
    const [dispute] = (await stripe.disputes.list()).data;
    await stripe.disputes.update(dispute?.id ?? "", {
      evidence: { uncategorized_text: "winning_evidence" },
    });
    await post(standIn, "payouts", { currency: "eur" });
    const expected = [
      "account.updated",
      "charge.dispute.closed",
      "charge.dispute.created",
      "charge.dispute.funds_reinstated",
      "charge.dispute.funds_withdrawn",
      "charge.dispute.updated",
      "payout.created",
      "payout.paid",
      "payout.reconciliation_completed",
      "transfer.created",
      "transfer.reversed",
      "transfer.updated",
    ];
    await eventually(() => expect(receiver.types()).toEqual(expect.arrayContaining(expected)));
    const updated = receiver.events.find(({ type }) => type === "account.updated");
    expect(updated).toMatchObject({ account: vendor, data: { object: { details_submitted: true } } });
  });

  it("carry each intent as it was then, not as it has become", async () => {
    const { standIn, stripe } = await startWithClient();
    await using _ = standIn;
    const held = await stripe.paymentIntents.create(heldPayment);
    await stripe.paymentIntents.capture(held.id);
    const created = await stripe.events.list({ type: "payment_intent.created" });
    expect(created.data[0]).toMatchObject({
      data: { object: { status: "requires_confirmation", amount_received: 0 } },
    });
  });

  it("come again until they are answered with success", async () => {
    await using receiver = await receiveWebhooks();
    receiver.statuses.push(500, 503);
    const { standIn, stripe } = await startWithClient({
      webhookUrl: receiver.url,
      enabledEvents: ["payment_intent.amount_capturable_updated"],
      delivery: quickRetries,
    });
    await using _ = standIn;
    await stripe.paymentIntents.create(heldPayment);
    await eventually(() =>
      expect(standIn.webhooks()).toMatchObject({ delivered: 1, failedAttempts: 2, waiting: 0 }),
    );
    expect(new Set(receiver.events.map(({ id }) => id)).size).toBe(1);
    expect(receiver.events).toHaveLength(3);
  });

  it("are given up after the last attempt, and stay in the list of undelivered events", async () => {
    await using receiver = await receiveWebhooks();
    receiver.statuses.push(500, 500, 500, 500);
    const { standIn, stripe } = await startWithClient({
      webhookUrl: receiver.url,
      enabledEvents: ["payment_intent.amount_capturable_updated"],
      delivery: { ...quickRetries, attempts: 3 },
    });
    await using _ = standIn;
    const held = await stripe.paymentIntents.create(heldPayment);
    await eventually(() =>
      expect(standIn.webhooks()).toMatchObject({ abandoned: 1, failedAttempts: 3, waiting: 0 }),
    );
    const missed = await stripe.events.list({ delivery_success: false });
    expect(missed.data).toMatchObject([{ data: { object: { id: held.id } } }]);
    expect(await stripe.events.retrieve(missed.data[0]?.id ?? "")).toMatchObject({ pending_webhooks: 1 });
    receiver.statuses.length = 0;
    await post(standIn, `events/${missed.data[0]?.id}/resend`);
    await eventually(() => expect(standIn.webhooks().delivered).toBe(1));
    expect((await stripe.events.list({ delivery_success: false })).data).toEqual([]);
  });

  it("can be lost, while the events list still has them", async () => {
    await using receiver = await receiveWebhooks();
    const { standIn, stripe } = await startWithClient({
      webhookUrl: receiver.url,
      switches: { webhooks: "off" },
    });
    await using _ = standIn;
    await stripe.paymentIntents.create(heldPayment);
    const events = await stripe.events.list({ types: ["payment_intent.created", "charge.succeeded"] });
    expect(events.data.map(({ type }) => type)).toEqual(["charge.succeeded", "payment_intent.created"]);
    expect(standIn.webhooks()).toMatchObject({ lost: 3, delivered: 0, waiting: 0 });
    expect(receiver.events).toEqual([]);
  });

  it("are held until they are released, in order", async () => {
    await using receiver = await receiveWebhooks();
    const { standIn, stripe } = await startWithClient({
      webhookUrl: receiver.url,
      switches: { webhooks: "hold" },
      delivery: { concurrency: 1 },
    });
    await using _ = standIn;
    await stripe.paymentIntents.create(heldPayment);
    expect(standIn.webhooks()).toMatchObject({ held: 3, waiting: 0 });
    expect(await (await post(standIn, "webhooks/release")).json()).toEqual({ released: 3 });
    await eventually(() => expect(standIn.webhooks().delivered).toBe(3));
    expect(receiver.types()).toEqual([
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.amount_capturable_updated",
    ]);
  });

  it("are duplicated and shuffled the same way for the same seed", async () => {
    const orders: string[][] = [];
    for (let run = 0; run < 2; run += 1) {
      await using receiver = await receiveWebhooks();
      const { standIn, stripe } = await startWithClient({
        webhookUrl: receiver.url,
        delivery: { concurrency: 1 },
        switches: { webhooks: { duplicate: 1, reorder: { window: 5, seed: 7 } } },
      });
      await using _ = standIn;
      const held = await stripe.paymentIntents.create(heldPayment);
      await stripe.paymentIntents.capture(held.id);
      await eventually(() => expect(standIn.webhooks().delivered).toBe(10));
      orders.push(receiver.types());
    }
    expect(orders[1]).toEqual(orders[0]);
    const once = orders[0]?.filter((type, index, all) => all.indexOf(type) === index);
    expect(once?.toSorted()).toEqual([
      "charge.captured",
      "charge.succeeded",
      "payment_intent.amount_capturable_updated",
      "payment_intent.created",
      "payment_intent.succeeded",
    ]);
    expect(once).not.toEqual([
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.amount_capturable_updated",
      "charge.captured",
      "payment_intent.succeeded",
    ]);
  });

  it("follow the endpoint when it is configured later", async () => {
    await using receiver = await receiveWebhooks();
    const { standIn, stripe } = await startWithClient();
    await using _ = standIn;
    await stripe.paymentIntents.create(heldPayment);
    standIn.setEndpoint({ url: receiver.url, enabledEvents: ["payment_intent.canceled"] });
    const voided = await stripe.paymentIntents.create(heldPayment);
    await stripe.paymentIntents.cancel(voided.id);
    await eventually(() => expect(receiver.types()).toEqual(["payment_intent.canceled"]));
  });
});
