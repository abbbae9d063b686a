/** What every provider must do, asked of each there is; Stripe is its stand-in, through the client that production uses. */
import { type StripeStandIn, startStripeStandIn } from "@holdfast/testkit/stripe/stand-in";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStripe, type StripeClient } from "../stripe/stripe-client.ts";
import { stripeProvider } from "../stripe/stripe-provider.ts";
import { onArrival } from "./on-arrival.ts";
import { type Provider, providersOf } from "./provider.ts";
import { ChargeAtProvider, chargeMinor, factsIn } from "./provider-charge.fixture.ts";

let standIn: StripeStandIn;
let client: StripeClient;
let providers: ReadonlyMap<string, Provider>;

beforeAll(async () => {
  standIn = await startStripeStandIn({ webhookSecret: "whsec_conformance" });
  const options = { apiKey: "sk_test_holdfast", apiUrl: standIn.url, timeoutMs: 5_000, sockets: 4 };
  client = openStripe(options);
  providers = providersOf([stripeProvider(client.stripe), onArrival]);
});

afterAll(async () => {
  client[Symbol.dispose]();
  await standIn[Symbol.asyncDispose]();
});

describe.each(["stripe", "on-arrival"])("%s", (name) => {
  const begin = () => new ChargeAtProvider(providers.get(name)!);

  async function captured(amountMinor = chargeMinor): Promise<ChargeAtProvider> {
    const charge = begin();
    await charge.make("create");
    await charge.make("capture", amountMinor);
    return charge;
  }

  test("sets exactly the charge's amount aside, takes nothing yet, and says whose charge it is", async () => {
    const at = begin();
    const { id: paymentId, bookingId } = at.charge;
    expect(factsIn(await at.make("create"))).toMatchObject({
      state: "authorised",
      amountMinor: chargeMinor,
      capturableMinor: chargeMinor,
      receivedMinor: 0,
      currency: "EUR",
      paymentId,
      bookingId,
    });
  });

  test.each([
    ["create", null, { state: "authorised", capturableMinor: chargeMinor }],
    ["capture", 6_000, { state: "captured", receivedMinor: 6_000 }],
    ["refund", 2_500, { state: "captured", receivedMinor: chargeMinor, refundedMinor: 2_500 }],
    ["cancel", null, { state: "cancelled", receivedMinor: 0 }],
  ] as const)("does a %s once, however often it is asked under its key", async (purpose, amount, facts) => {
    const at = purpose === "refund" ? await captured() : begin();
    if (purpose === "capture" || purpose === "cancel") await at.make("create");
    const call = at.plan(purpose, amount);
    await at.lose(call);
    const again = await at.lose(call);
    expect(again).toMatchObject({ outcome: "done", intent: facts });
    at.record(again);
    const { capturableMinor, receivedMinor, refundedMinor } = factsIn(again);
    expect(factsIn(await at.make("look"))).toMatchObject({
      capturableMinor,
      receivedMinor,
      refundedMinor: refundedMinor ?? 0,
    });
  });

  test("takes at once what is to be taken at once, and gives it back as a refund", async () => {
    const at = new ChargeAtProvider(providers.get(name)!, { captureAtOnce: true });
    expect(factsIn(await at.make("create"))).toMatchObject({
      state: "captured",
      capturableMinor: 0,
      receivedMinor: chargeMinor,
    });
    expect(await at.make("cancel")).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("refund", chargeMinor)).refundedMinor).toBe(chargeMinor);
  });

  test("gives back in parts, up to what it took and not a cent more", async () => {
    const at = await captured(9_000);
    expect(factsIn(await at.make("refund", 4_000)).refundedMinor).toBe(4_000);
    expect(factsIn(await at.make("refund", 5_000)).refundedMinor).toBe(9_000);
    expect(await at.make("refund", 1)).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("look"))).toMatchObject({ receivedMinor: 9_000, refundedMinor: 9_000 });
  });

  test("takes nothing more than it set aside, nor anything of what it released", async () => {
    const at = begin();
    await at.make("create");
    expect(await at.make("capture", chargeMinor + 1)).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("cancel")).state).toBe("cancelled");
    expect(await at.make("capture", chargeMinor)).toMatchObject({ outcome: "refused" });
    expect(factsIn(await at.make("look"))).toMatchObject({ state: "cancelled", receivedMinor: 0 });
  });

  test("finds nothing where no charge was ever made", async () => {
    expect(await begin().make("find")).toEqual({ outcome: "done", intent: null });
  });
});

test("the core knows neither a provider's library nor its code", () => {
  const core = new URL("../payments/", import.meta.url);
  const imports = readdirSync(core).flatMap((file) =>
    [...readFileSync(new URL(file, core), "utf8").matchAll(/from "([^"]*)"/g)].map(([, from = ""]) => from),
  );
  expect(imports.filter((from) => /^stripe$|\/stripe\/|on-arrival/.test(from))).toEqual([]);
});
