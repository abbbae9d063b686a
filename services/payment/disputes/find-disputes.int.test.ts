import { newId } from "@holdfast/contracts/ids";
import { type StripeStandIn, startStripeStandIn } from "@holdfast/testkit/stripe/stand-in";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type LedgerWorld, openLedgerWorld } from "../ledger/ledger-world.fixture.ts";
import { createDecider } from "../payments/decider.ts";
import { defaultPatience } from "../payments/payment.ts";
import { openStripe, type StripeClient } from "../stripe/stripe-client.ts";
import { stripeDisputes } from "../stripe/stripe-disputes.ts";
import { findDisputes } from "./find-disputes.ts";

let world: LedgerWorld;
let standIn: StripeStandIn;
let client: StripeClient;
/** How long ago it is at Stripe. */
let agoMs = 0;
beforeAll(async () => {
  world = await openLedgerWorld();
  standIn = await startStripeStandIn({ webhookSecret: "whsec_unheard", nowMs: () => Date.now() - agoMs });
  client = openStripe({ apiKey: "sk_test_any", apiUrl: standIn.url, timeoutMs: 5_000, sockets: 4 });
});
afterAll(async () => {
  client[Symbol.dispose]();
  await standIn[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
beforeEach(async () => {
  standIn.reset();
  agoMs = 0;
  await world.pool.query("delete from disputes");
  await world.pool.query("delete from payments");
});

const clock = { now: () => Temporal.Now.instant(), machineNow: () => Temporal.Now.instant() };
const decider = createDecider(clock as Parameters<typeof createDecider>[0], defaultPatience);
const find = () =>
  findDisputes({ transact: world.transact, decider, provider: stripeDisputes(client.stripe) });

/** A charge that its holder disputes as soon as it is taken; nobody hears of it. */
async function dispute(): Promise<{ intentId: string; disputeId: string }> {
  const intent = await client.stripe.paymentIntents.create({
    amount: 5_000,
    currency: "eur",
    confirm: true,
    payment_method: "pm_card_createDispute",
    automatic_payment_methods: { enabled: true, allow_redirects: "never" },
  });
  const { data } = await client.stripe.disputes.list({ payment_intent: intent.id });
  return { intentId: intent.id, disputeId: data[0]!.id };
}

async function known() {
  const { rows } = await world.pool.query<{ id: string; provider_id: string; calls: number; due: boolean }>(
    `select id, provider_id, calls, next_attempt_at <= now() as due from disputes order by provider_id`,
  );
  return rows;
}

test("disputes that nobody told of are found, over several pages, and are to be read at once", async () => {
  const ids: string[] = [];
  for (let count = 0; count < 101; count += 1) ids.push((await dispute()).disputeId);
  await find();
  const rows = await known();
  expect(rows.map((row) => row.provider_id)).toEqual(ids.toSorted());
  expect(rows.every(({ due, calls }) => due && calls === 1)).toBe(true);
});

test("a dispute that was read as it stands is left alone, and one that has ended since is read again", async () => {
  const { disputeId } = await dispute();
  await find();
  const read =
    "update disputes set state = 'open', provider_status = 'needs_response', call = null, next_attempt_at = null";
  await world.pool.query(read);
  await find();
  expect(await known()).toMatchObject([{ calls: 1, due: null }]);
  await client.stripe.disputes.close(disputeId);
  await find();
  expect(await known()).toMatchObject([{ calls: 2, due: true }]);
});

test("the dispute of a charge whose refund was refused for it is found, however old", async () => {
  agoMs = 40 * 24 * 3_600_000;
  const { intentId, disputeId } = await dispute();
  agoMs = 0;
  await find();
  expect(await known()).toEqual([]);
  await world.pool.query(
    `insert into payments (booking_id, id, customer_id, amount_minor, currency, booking_version, asked, status, intent_id,
       intent_state, authorised_minor, captured_minor, refunded_minor, disputed, version, calls, failures, looks, created_at)
     values ($1, $2, $3, 5000, 'EUR', 1, 'capture', 'captured', $4, 'captured', 5000, 5000, 0, true, 1, 1, 0, 0, now())`,
    [newId("bkg"), newId("pay"), newId("usr"), intentId],
  );
  await find();
  expect(await known()).toMatchObject([{ provider_id: disputeId, due: true }]);
});
