import { stripeItselfAt } from "@holdfast/testkit/stripe/stripe-at.fixture";
import { describe, inject } from "vitest";
import { providerConformance } from "../providers/conformance.fixture.ts";
import { providersAt, stripeConformance } from "./stripe-conformance.fixture.ts";

const itself = () => providersAt(stripeItselfAt(inject("stripeItself")));

describe("Stripe itself as a provider", () => {
  providerConformance(itself);
  stripeConformance(itself);
});
