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
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), (text) => {
      if (wordsOf(text).length === 0) return;
      expect(textQueryOf(text)).toMatch(/^[\p{L}\p{N}]+( & [\p{L}\p{N}]+)*:\*$/u);
      expect(documentOf({ title: text, kind: text, attributes: { a: text }, description: text })).toMatch(
        /^([\p{L}\p{N}]+:\d+[ABD](,\d+[ABD])*( |$))+$/u,
      );
    }),
  );
});
