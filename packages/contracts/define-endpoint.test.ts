import { expect, test } from "vitest";
import { allEndpoints } from "./api/all.ts";
import { keyTaken } from "./define-endpoint.ts";

/** What changes something and yet takes no `Idempotency-Key`: each with its reason, and every new one with a look at this list. */
const withoutKey = [
  "createOnboardingLink",
  "exchangeApiKey",
  "getBookingMoney",
  "getContacts",
  "getInvoiceFacts",
  "getIssuers",
  "issueServiceToken",
  "openMailTickets",
  "receiveStripeEvent",
  "refreshBrowserSession",
  "refreshSession",
];

/** What creates something or moves money, and would do it twice. */
const withKeyAlways = ["createBooking", "createBookingSeries", "orderRefund", "rescheduleBooking"];

test("whatever is no read takes an Idempotency-Key, but for what says why not", () => {
  const changing = allEndpoints.filter(({ method }) => method !== "get");
  const exempt = changing.filter((endpoint) => keyTaken(endpoint) === "none");
  expect(exempt.map(({ name }) => name).toSorted()).toEqual(withoutKey);
  for (const { name, idempotencyKey } of exempt) {
    expect(idempotencyKey, name).toEqual({ none: expect.stringMatching(/^[A-Z].{20,}\.$/) });
  }
});

test("a key is asked for where a repetition would do it twice, and a read takes none", () => {
  const required = allEndpoints.filter((endpoint) => keyTaken(endpoint) === "required");
  expect(required.map(({ name }) => name).toSorted()).toEqual(withKeyAlways);
  const reads = allEndpoints.filter(({ method }) => method === "get");
  expect(new Set(reads.map(keyTaken))).toEqual(new Set(["none"]));
});
