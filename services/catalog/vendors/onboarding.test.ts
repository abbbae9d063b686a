import { memberGrants } from "@holdfast/contracts/access";
import { vendorStatuses } from "@holdfast/contracts/api/catalog";
import { describe, expect, test } from "vitest";
import { decideStep, onboarding, type OnboardingAction } from "./onboarding.ts";

const t = "taken";
const r = "repeated";
const n = "refused";

/** Every step from every status, written out by hand. */
const expected = {
  //           draft, submitted, in-review, verified, rejected, suspended
  submit: [t, t, n, n, t, n],
  review: [n, t, r, n, n, n],
  verify: [n, t, t, r, n, n],
  reject: [n, t, t, n, n, n],
  suspend: [n, n, n, t, n, n],
  reinstate: [n, n, n, r, n, t],
} satisfies Record<OnboardingAction, string[]>;

describe("a vendor's onboarding", () => {
  test("has these steps and no other", () => {
    expect(Object.keys(onboarding)).toEqual(Object.keys(expected));
  });

  test.each(Object.entries(expected))("%s leads from where it may and nowhere else", (action, outcomes) => {
    expect(vendorStatuses.map((status) => decideStep(action as OnboardingAction, status))).toEqual(outcomes);
  });

  test("verifies nobody who was not submitted, and lets the vendor itself do nothing but submit", () => {
    const byOwner = Object.entries(onboarding).filter(([, { permission }]) =>
      memberGrants("owner", permission),
    );
    expect(byOwner.map(([action]) => action)).toEqual(["submit"]);
    expect(onboarding.verify.from).toEqual(["submitted", "in-review"]);
  });
});
