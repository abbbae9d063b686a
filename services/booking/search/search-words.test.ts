import fc from "fast-check";
import { expect, test } from "vitest";
import { documentOf, textQueryOf, wordsOf } from "./search-words.ts";

test("words are letters and digits in a row, whatever their case, accents and punctuation", () => {
  expect(wordsOf("Café-Crème, 2ND floor's 茶室 (Ωmega)")).toEqual([
    "cafe",
    "creme",
    "2nd",
    "floor",
    "s",
    "茶室",
    "ωmega",
  ]);
});

test("a title weighs more than a kind, and that more than a description; a word keeps all its places", () => {
  const rules = { title: "Sea room", kind: "room", attributes: {}, description: "By the sea" };
  expect(documentOf(rules)).toBe("sea:1A,6D room:2A,3B by:4D the:5D");
});

test("attributes are found by their values, those that are true by their names, those that are not by nothing", () => {
  const attributes = { view: "Sea", floor: 3, wheelchair: true, smoking: false };
  expect(documentOf({ title: "x", kind: "y", attributes, description: "" })).toBe(
    "x:1A y:2B sea:3B 3:4B wheelchair:5B",
  );
});

test("the last word of a search may be a beginning", () => {
  expect(textQueryOf("Sea vi")).toBe("sea & vi:*");
});

test("no text makes a literal that holds anything but words, places and what joins them", () => {
  const codePoint = fc.oneof(
    fc.constantFrom(...Array.from("ab1 '\\:*&|!()<->%,é")).map((character) => character.codePointAt(0)!),
    fc.integer({ min: 1, max: 0x10ffff }),
  );
  const anyText = fc
    .array(codePoint, { minLength: 1, maxLength: 60 })
    .map((points) => String.fromCodePoint(...points));
  fc.assert(
    fc.property(anyText, (text) => {
      if (wordsOf(text).length === 0) return;
      const [last, ...others] = textQueryOf(text).split(" & ").toReversed();
      expect(others.every((word) => /^[\p{L}\p{N}]+$/u.test(word))).toBe(true);
      expect(last).toMatch(/^[\p{L}\p{N}]+:\*$/u);
      const lexemes = documentOf({ title: text, kind: text, attributes: { a: text }, description: text });
      for (const lexeme of lexemes.split(" ")) expect(lexeme).toMatch(/^[\p{L}\p{N}]+:[\dABD,]+$/u);
    }),
  );
});
