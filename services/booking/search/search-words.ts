/**
 * The words of a resource and of a search, by one rule for both: letters and digits in a row, without accents and case.
 * Made here and not by Postgres' text search parser, whose words depend on the database's locale and on punctuation.
 */
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";

/** What `tsvector` takes: longer words, later positions and more words than that say nothing about a resource. */
const wordLengthMax = 100;
const positionsMax = 16_383;
const positionsEachMax = 255;

/** `Café au lait, 2nd floor` as cafe, au, lait, 2nd, floor. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).map(shortened);
}

/** By characters: half of one is none. */
function shortened(word: string): string {
  return word.length <= wordLengthMax ? word : Array.from(word).slice(0, wordLengthMax).join("");
}

/**
 * A resource's words as a `tsvector` literal: those of the title weigh most, then kind and attributes, then description.
 * Of an attribute its value, and its name where it is true: `{ "wheelchair": true }` is found by `wheelchair`.
 */
export function documentOf(
  rules: Pick<ResourceRules, "title" | "kind" | "attributes" | "description">,
): string {
  const attributes = Object.entries(rules.attributes).map(([name, value]) => {
    if (typeof value === "boolean") return value ? name : "";
    return String(value);
  });
  const parts = [
    { weight: "A", words: wordsOf(rules.title) },
    { weight: "B", words: [rules.kind, ...attributes].flatMap(wordsOf) },
    { weight: "D", words: wordsOf(rules.description) },
  ];
  const places = new Map<string, string[]>();
  let position = 0;
  for (const { weight, words } of parts) {
    for (const word of words) {
      position = Math.min(position + 1, positionsMax);
      const known = places.get(word);
      if (!known) places.set(word, [`${position}${weight}`]);
      else if (known.length < positionsEachMax) known.push(`${position}${weight}`);
    }
  }
  // Letters and digits alone need no quoting, and cannot end a literal.
  return [...places].map(([word, at]) => `${word}:${at.join(",")}`).join(" ");
}

/** A search's words as a `tsquery` literal: all of them, the last one perhaps not typed to its end. */
export function textQueryOf(text: string): string {
  return `${wordsOf(text).join(" & ")}:*`;
}
