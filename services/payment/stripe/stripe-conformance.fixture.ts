/** What payment asks of Stripe beyond what it asks of every provider: true of Stripe itself and of its stand-in. */
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import type { StripeAt } from "@holdfast/testkit/stripe/stripe-at.fixture";
import type { Stripe } from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProviderAt } from "../providers/conformance.fixture.ts";
import type { CustomerProvider } from "../providers/customer-provider.ts";
import type { PayoutProvider } from "../providers/payout-provider.ts";
import { ChargeAtProvider, chargeMinor, factsIn } from "../providers/provider-charge.fixture.ts";
import { noticeOf } from "./notice.ts";
import { openStripe } from "./stripe-client.ts";
import { stripeCustomers } from "./stripe-customers.ts";
import { stripePayouts } from "./stripe-payouts.ts";
import { stripeProvider } from "./stripe-provider.ts";

export interface StripeProvidersAt extends ProviderAt {
  readonly stripe: Stripe;
  readonly payouts: PayoutProvider;
  readonly customers: CustomerProvider;
  readonly payee: string | null;
}

const toldWithinMs = 30_000;
const collection = {
  dueAt: "2026-01-01T00:00:00Z",
  givesUpAt: "2026-01-02T00:00:00Z",
  startsAt: "2026-01-03T00:00:00Z",
  attempts: 1,
  isTrying: true,
  tryAt: null,
};

/** Our providers, through the client that production uses. */
export async function providersAt(opening: Promise<StripeAt>): Promise<StripeProvidersAt> {
  const at = await opening;
  const { apiKey, apiUrl, payee } = at;
  const client = openStripe({ apiKey, apiUrl, timeoutMs: 30_000, sockets: 4 });
  return {
    provider: stripeProvider(client.stripe),
    payouts: stripePayouts(client.stripe),
    customers: stripeCustomers(client.stripe),
    stripe: client.stripe,
    payee,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await at[Symbol.asyncDispose]();
    },
  };
}

type At = () => StripeProvidersAt;

function declines(at: At): void {
  test.each([
    ["pm_card_chargeDeclined", "payment/card-declined"],
    ["pm_card_chargeDeclinedInsufficientFunds", "payment/insufficient-funds"],
    ["pm_card_chargeDeclinedExpiredCard", "payment/card-expired"],
    ["pm_card_chargeDeclinedIncorrectCvc", "payment/incorrect-cvc"],
  ])("tells a guest whose card is %s: %s", async (paymentMethod, reason) => {
    const charge = new ChargeAtProvider(at().provider, { paymentMethod });
    expect(await charge.make("create")).toMatchObject({
      outcome: "refused",
      reason,
      intent: { state: "open", capturableMinor: 0, receivedMinor: 0 },
    });
  });

  test("leaves a charge open that waits for 3-D Secure, and has it cancelled", async () => {
    const charge = new ChargeAtProvider(at().provider, { paymentMethod: "pm_card_threeDSecure2Required" });
    const facts = factsIn(await charge.make("create"));
    expect(facts).toMatchObject({ state: "open", capturableMinor: 0, receivedMinor: 0 });
    expect(facts.clientSecret).toMatch(/_secret_/);
    expect(factsIn(await charge.make("cancel")).state).toBe("cancelled");
  });
}

function lookUps(at: At): void {
  test("finds a charge whose making never answered, by what we wrote on it", async () => {
    const charge = new ChargeAtProvider(at().provider);
    const made = await charge.lose(charge.plan("create"));
    const found = factsIn(await charge.make("find"));
    expect(found.intentId).toBe(factsIn(made).intentId);
    expect(found).toMatchObject({ state: "authorised", paymentId: charge.charge.id });
  });

  test("refuses a key that was another request's", async () => {
    const charge = new ChargeAtProvider(at().provider);
    const call = charge.plan("create");
    await charge.lose(call);
    const other = { ...call, charge: { ...call.charge, amountMinor: chargeMinor + 1 } };
    expect(await charge.lose(other)).toMatchObject({ outcome: "refused", reason: "payment/refused" });
  });

  test("says what Stripe kept for itself of what was taken", async () => {
    const charge = new ChargeAtProvider(at().provider);
    await charge.make("create");
    const { fee } = factsIn(await charge.make("capture", chargeMinor));
    expect(fee?.amountMinor).toBeGreaterThan(0);
  });

  // Webhooks of a real account do not reach the machine of a test run; the same events stand in a list.
  test("reads a webhook's event as one about the charge", async () => {
    const charge = new ChargeAtProvider(at().provider);
    const { intentId } = factsIn(await charge.make("create"));
    const type = "payment_intent.amount_capturable_updated";
    const since = { created: { gte: Math.floor(Date.parse(charge.charge.createdAt) / 1_000) - 60 } };
    const notice = await until(
      `an event about ${intentId}`,
      async () => {
        const listed = await at().stripe.events.list({ type, ...since, limit: 100 });
        return listed.data.map(noticeOf).find((one) => one?.intentId === intentId);
      },
      toldWithinMs,
    );
    const { id: paymentId, bookingId } = charge.charge;
    const facts = { state: "authorised", capturableMinor: chargeMinor };
    expect(notice).toMatchObject({ bookingId, paymentId, intentId, facts });
  });
}

/** A customer of a guest of its own, made as the service makes them. */
async function madeCustomer(at: At) {
  const createdAt = Temporal.Now.instant().toString();
  const customer = { userId: newId("usr"), providerId: null, createdAt };
  const create = { purpose: "create" as const, key: `customer:${customer.userId}:create:1`, customer };
  const made = await at().customers.callAboutCustomer(create);
  if (made.outcome !== "done" || made.customerId === null) throw new Error(JSON.stringify(made));
  return { customer, create, customerId: made.customerId };
}

function savedCards(at: At): void {
  test("makes one customer under a key, and finds the one whose making never answered", async () => {
    const { customer, create, customerId } = await madeCustomer(at);
    expect(await at().customers.callAboutCustomer(create)).toEqual({ outcome: "done", customerId });
    const find = { purpose: "find" as const, key: `${create.key}:find`, customer };
    expect(await at().customers.callAboutCustomer(find)).toEqual({ outcome: "done", customerId });
  });

  test("keeps a card with a customer, lists it, and charges it with the guest and without", async () => {
    const { customerId: providerCustomer } = await madeCustomer(at);
    const first = new ChargeAtProvider(at().provider, { saveMethod: true, providerCustomer });
    const { customer, methodId } = factsIn(await first.make("create"));
    expect([customer, methodId]).toEqual([providerCustomer, expect.stringMatching(/^pm_/)]);
    const kept = { customerId: providerCustomer, limit: 10, after: null };
    expect(await at().customers.listMethods(kept)).toMatchObject({
      methods: [{ methodId, type: "card", brand: "visa", last4: "4242" }],
      more: false,
    });
    const saved = { providerCustomer, paymentMethod: methodId! };
    const again = new ChargeAtProvider(at().provider, saved);
    expect(factsIn(await again.make("create"))).toMatchObject({ state: "authorised" });
    const balance = { ...saved, charge: 2, captureAtOnce: true, collection };
    const second = new ChargeAtProvider(at().provider, balance);
    expect(factsIn(await second.make("create"))).toMatchObject({
      state: "captured",
      receivedMinor: chargeMinor,
    });
  });

  test("is refused a card whose guest has to authenticate and is away, and takes another on the same intent", async () => {
    const { id: providerCustomer } = await at().stripe.customers.create();
    const attached = await at().stripe.paymentMethods.attach("pm_card_authenticationRequired", {
      customer: providerCustomer,
    });
    const of = { providerCustomer, paymentMethod: attached.id, captureAtOnce: true, collection };
    const charge = new ChargeAtProvider(at().provider, of);
    const refused = await charge.make("create");
    expect(refused).toMatchObject({ outcome: "refused", reason: "payment/authentication-required" });
    const { intentId } = charge.charge;
    const other = await at().stripe.paymentMethods.attach("pm_card_visa", { customer: providerCustomer });
    charge.charge = { ...charge.charge, paymentMethod: other.id };
    expect(factsIn(await charge.make("confirm"))).toMatchObject({ intentId, state: "captured" });
  });
}

function othersAndGone(at: At): void {
  test("refuses a card that is kept with somebody else as one that is not there, and detaches it twice", async () => {
    const [{ customerId }, { customerId: stranger }] = [await madeCustomer(at), await madeCustomer(at)];
    const { id: kept } = await at().stripe.paymentMethods.attach("pm_card_visa", { customer: customerId });
    const refused = { outcome: "refused", reason: "payment/method-not-usable", intent: null };
    for (const providerCustomer of [stranger, null]) {
      for (const paymentMethod of [kept, "pm_1OfNobody"]) {
        const charge = new ChargeAtProvider(at().provider, { providerCustomer, paymentMethod });
        expect(await charge.make("create")).toEqual(refused);
      }
    }
    const { customers } = at();
    const owns = (of: string) => customers.ownsMethod({ customerId: of, methodId: kept });
    expect(await Promise.all([owns(customerId), owns(stranger)])).toMatchObject([
      { owns: true },
      { owns: false },
    ]);
    expect(await customers.detachMethod(kept)).toEqual({ outcome: "done" });
    expect(await customers.detachMethod(kept)).toEqual({ outcome: "done" });
  });

  test("deletes a customer twice, and says who charges them or lists what is theirs that they are gone", async () => {
    const { customer, customerId } = await madeCustomer(at);
    const gone = { ...customer, providerId: customerId };
    const { customers, provider } = at();
    for (const key of ["1", "2"]) {
      const call = {
        purpose: "delete" as const,
        key: `customer:${customer.userId}:delete:${key}`,
        customer: gone,
      };
      expect(await customers.callAboutCustomer(call)).toEqual({ outcome: "done", customerId: null });
    }
    const missing = { outcome: "refused", reason: "customer-missing" };
    expect(await customers.listMethods({ customerId, limit: 10, after: null })).toEqual(missing);
    for (const saveMethod of [false, true]) {
      const charge = new ChargeAtProvider(provider, { providerCustomer: customerId, saveMethod });
      expect(await charge.make("create")).toMatchObject(missing);
    }
  });
}

/** Registers the tests; Stripe is opened before the first and left after the last. */
export function stripeConformance(open: () => Promise<StripeProvidersAt>): void {
  let opened: StripeProvidersAt;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened[Symbol.asyncDispose]());
  const at: At = () => opened;
  declines(at);
  lookUps(at);
  savedCards(at);
  othersAndGone(at);
}
