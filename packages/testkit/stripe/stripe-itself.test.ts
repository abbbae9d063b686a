import { describe, expect, test } from "vitest";
import { stripeItselfOf, takeStripeItself, untriedOf } from "./stripe-itself.ts";

const key = "sk_test_51Holdfast";

describe("Stripe itself", () => {
  test.each([
    {},
    { STRIPE_API_KEY: "" },
    { STRIPE_API_URL: "http://127.0.0.1:1", HOLDFAST_STRIPE_PAYEE: "acct_1" },
  ])("is not tried without a key, which the run's end says: %j", (environment) => {
    expect(stripeItselfOf(environment)).toBeNull();
    expect(untriedOf(null)).toMatch(/^Stripe itself was not tried.*STRIPE_API_KEY=sk_test_/);
  });

  test("is tried with a test account's key, and with a payee all of it", () => {
    const itself = stripeItselfOf({ STRIPE_API_KEY: key });
    expect(itself).toEqual({ apiKey: key, apiUrl: null, payee: null });
    expect(untriedOf(itself)).toMatch(/^Transfers were not tried.*HOLDFAST_STRIPE_PAYEE=acct_/);
    const full = {
      STRIPE_API_KEY: "rk_test_1",
      STRIPE_API_URL: "http://a.test",
      HOLDFAST_STRIPE_PAYEE: "acct_1",
    };
    expect(stripeItselfOf(full)).toEqual({ apiKey: "rk_test_1", apiUrl: "http://a.test", payee: "acct_1" });
    expect(untriedOf(stripeItselfOf(full))).toBeNull();
  });

  test.each(["sk_live_51Holdfast", "rk_live_51Holdfast", "pk_test_51Holdfast", "whsec_1", ` ${key}`])(
    "is refused with %j: no test runs, and the key is not told",
    (apiKey) => {
      const refused = () => stripeItselfOf({ STRIPE_API_KEY: apiKey });
      expect(refused).toThrow(/^STRIPE_API_KEY is (a live key|not a test account's secret key)/);
      expect(refused).not.toThrow(apiKey.trim());
    },
  );

  test("is taken out of the environment, where services would find it", () => {
    const environment = { PATH: "/bin", STRIPE_API_KEY: key, STRIPE_API_URL: "http://a.test" };
    expect(takeStripeItself(environment)?.apiUrl).toBe("http://a.test");
    expect(environment).toEqual({ PATH: "/bin" });
  });

  test("is nowhere in the environment of this very run", () => {
    expect(Object.keys(process.env).filter((name) => /STRIPE/.test(name))).toEqual([]);
  });
});
