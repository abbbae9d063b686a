import { describe } from "vitest";
import { standInAsStripe } from "./stripe-at.fixture.ts";
import { stripeRules } from "./stripe-rules.fixture.ts";

describe("the stand-in keeps to Stripe's rules:", () => {
  stripeRules(standInAsStripe);
});
