import { expect, test } from "vitest";
import { holds, isCardNumber, secretKinds } from "./secret-kinds.ts";

const kindsIn = (text: string) => secretKinds.filter((kind) => holds(text, kind)).map(({ name }) => name);
const signed = `eyJ${"a".repeat(20)}.${"b".repeat(20)}.${"c".repeat(40)}`;

test.each([
  ['{"key":"sk_live_51Habcdefgh"}', "an API key of the payment provider"],
  ["whsec_0123456789abcdef", "a secret that signs webhooks"],
  [`Bearer ${signed}`, "a signed token"],
  ["-----BEGIN PRIVATE KEY-----", "a private key"],
  ['{"cvc":"123"}', "a card's security code"],
  ['{"number":"4242424242424242"}', "a card number"],
  ["paid with 4000 0025 0000 3155.", "a card number"],
  ["378282246310005 was refused", "a card number"],
  ["pi_3Mabc_secret_Xyz01", "what a guest's browser pays with"],
])("is found in %s: %s", (text, name) => {
  // A full stop that ends a sentence is none of the number's.
  expect(kindsIn(text.replace(/[.]$/, " "))).toEqual([name]);
});

test.each([
  '{"amount_minor":4242424242424241}',
  '{"created":1796054400000}',
  "bkg_01kay5tq6cf3mrsx6m1w8e2h4n",
  "4242",
  '{"last4":"4242","exp_year":2034}',
  "0000000000000000",
])("is not found in %s", (text) => {
  expect(kindsIn(text)).toEqual([]);
});

test("a card number is one by its check digit", () => {
  expect(["4242424242424242", "5555555555554444", "6011111111111117"].map(isCardNumber)).toEqual([
    true,
    true,
    true,
  ]);
  expect(["4242424242424243", "4444444444444444", "424242424242"].map(isCardNumber)).toEqual([
    false,
    false,
    false,
  ]);
});
