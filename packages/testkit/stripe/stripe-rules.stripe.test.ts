import { describe, inject } from "vitest";
import { stripeItselfAt } from "./stripe-at.fixture.ts";
import { stripeRules } from "./stripe-rules.fixture.ts";

describe("Stripe itself keeps to these rules:", () => {
  stripeRules(() => stripeItselfAt(inject("stripeItself")));
});
