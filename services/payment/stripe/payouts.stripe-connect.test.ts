import { stripeItselfAt } from "@holdfast/testkit/stripe/stripe-at.fixture";
import { describe, inject } from "vitest";
import { payoutConformance } from "./payout-conformance.fixture.ts";
import { providersAt } from "./stripe-conformance.fixture.ts";

describe("Stripe itself, which vendors are paid by", () => {
  payoutConformance(() => providersAt(stripeItselfAt(inject("stripeItself"))));
});
