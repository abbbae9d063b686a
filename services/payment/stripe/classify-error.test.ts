import { Stripe } from "stripe";
import { expect, test } from "vitest";
import { classifyError } from "./classify-error.ts";

function stripeError(statusCode: number, raw: object = {}): unknown {
  return classifyError(
    Stripe.errors.StripeError.generate({
      type: "invalid_request_error",
      message: "",
      statusCode,
      ...raw,
    } as never),
  );
}

test.each([
  [429, {}, "busy", false],
  [409, { code: "idempotency_key_in_use" }, "busy", false],
  [401, {}, "credentials", false],
  [403, {}, "credentials", false],
  [500, { type: "api_error" }, "server-error", true],
  [503, { type: "api_error" }, "server-error", false],
])("an answer of %i is asked again under the same key", (status, raw, reason, kept) => {
  expect(stripeError(status, raw)).toEqual({ outcome: "failed", reason, kept });
});

test("a cut connection and a timeout are told apart, and both asked again", () => {
  const connection = (message: string) =>
    classifyError(new Stripe.errors.StripeConnectionError({ message } as never));
  expect(connection("Request aborted due to timeout being reached (400ms)")).toMatchObject({
    outcome: "failed",
    reason: "timeout",
  });
  expect(connection("An error occurred with our connection to Stripe.")).toMatchObject({
    outcome: "failed",
    reason: "unreachable",
  });
});

test.each([
  ["card_declined", "insufficient_funds", "payment/insufficient-funds"],
  ["card_declined", "do_not_honor", "payment/card-declined"],
  ["expired_card", "expired_card", "payment/card-expired"],
])("a card refused with %s / %s is declined as such", (code, declineCode, reason) => {
  expect(stripeError(402, { type: "card_error", code, decline_code: declineCode })).toEqual({
    outcome: "refused",
    reason,
    intent: null,
  });
});

test("what is no error of Stripe's is a bug and is thrown on", () => {
  expect(() => classifyError(new TypeError("ours"))).toThrow(TypeError);
});
