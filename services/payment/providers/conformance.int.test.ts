/** What every provider must do, asked of each there is; Stripe is its stand-in, through the client that production uses. */
import { standInAsStripe } from "@holdfast/testkit/stripe/stripe-at.fixture";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { providersAt, stripeConformance } from "../stripe/stripe-conformance.fixture.ts";
import { payoutConformance } from "../stripe/payout-conformance.fixture.ts";
import { providerConformance } from "./conformance.fixture.ts";
import { onArrival } from "./on-arrival.ts";

const stripe = () => providersAt(standInAsStripe());

describe("stripe", () => {
  providerConformance(stripe);
  stripeConformance(stripe);
  payoutConformance(stripe);
});

describe("on-arrival", () => {
  providerConformance(async () => ({ provider: onArrival, [Symbol.asyncDispose]: async () => {} }));
});

test("the core knows neither a provider's library nor its code", () => {
  const core = new URL("../payments/", import.meta.url);
  const imports = readdirSync(core).flatMap((file) =>
    [...readFileSync(new URL(file, core), "utf8").matchAll(/from "([^"]*)"/g)].map(([, from = ""]) => from),
  );
  expect(imports.filter((from) => /^stripe$|\/stripe\/|on-arrival/.test(from))).toEqual([]);
});
