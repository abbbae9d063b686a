import fc from "fast-check";
import { expect, test } from "vitest";
import { isApiKey, looksLikeApiKey, writeApiKey } from "./api-key-format.ts";

const key = writeApiKey("9f2mK1xQ", "A".repeat(43));

test("a key has the length and the shape that scanners of leaked secrets look for", () => {
  expect(key).toMatch(/^hfk_9f2mK1xQA{43}[0-9A-Za-z]{6}$/);
  expect(key).toHaveLength(61);
});

const letters = (alphabet: string, length: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength: length, maxLength: length });
const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

test("whatever its parts are, a key is one, and is none with any one character changed", () => {
  const parts = fc.tuple(letters(alphanumeric, 8), letters(`${alphanumeric}-_`, 43), fc.nat(60));
  fc.assert(
    fc.property(parts, ([name, secret, at]) => {
      const written = writeApiKey(name, secret);
      expect(isApiKey(written)).toBe(true);
      const other = written[at] === "x" ? "y" : "x";
      expect(isApiKey(`${written.slice(0, at)}${other}${written.slice(at + 1)}`)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test.each([
  "",
  "hfk_",
  key.slice(0, -1),
  `${key}0`,
  ` ${key}`,
  `${key}\n`,
  key.toLowerCase(),
  "x".repeat(61),
])("%j is none", (text) => expect(isApiKey(text)).toBe(false));

test("no access token is taken for a key", () => {
  expect(looksLikeApiKey("eyJhbGciOiJFZERTQSJ9.e30.x")).toBe(false);
  expect(looksLikeApiKey(key)).toBe(true);
});
