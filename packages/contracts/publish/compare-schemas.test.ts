import { expect, test } from "vitest";
import { compareSchemas } from "./compare-schemas.ts";
import type { JsonSchema } from "./json-schema.ts";

const published = {
  type: "object",
  properties: {
    id: { type: "string", pattern: "^bkg_" },
    reason: { type: "string", enum: ["late", "ill"] },
    note: { type: "string" },
    total: { $ref: "#/$defs/Money" },
    lines: { type: "array", items: { $ref: "#/$defs/Money" }, maxItems: 10 },
    rule: {
      oneOf: [{ type: "object", properties: { by: { const: "hours" } }, required: ["by"] }, { type: "null" }],
    },
    counts: { type: "object", additionalProperties: { type: "integer" }, propertyNames: { enum: ["mon"] } },
  },
  required: ["id", "reason", "total"],
  $defs: {
    Money: {
      type: "object",
      properties: { amountMinor: { type: "integer", minimum: 0 } },
      required: ["amountMinor"],
    },
  },
} satisfies JsonSchema;

type Published = typeof published;

/** The published schema with something done to a copy of it. */
function changed(change: (schema: Published & { properties: JsonSchema }) => void): JsonSchema {
  const copy = structuredClone(published) as Published & { properties: JsonSchema };
  change(copy);
  return copy;
}

const additive: [string, JsonSchema][] = [
  ["nothing at all", published],
  ["a new optional field", changed((s) => void Object.assign(s.properties, { colour: { type: "string" } }))],
  [
    "a new optional field deep inside",
    changed((s) => void Object.assign(s.$defs.Money.properties, { currency: { type: "string" } })),
  ],
  [
    "another description, example or default",
    changed(
      (s) => void Object.assign(s.properties.note, { description: "Said", examples: ["x"], default: "" }),
    ),
  ],
  ["an enum in another order", changed((s) => void s.properties.reason.enum.reverse())],
  [
    "a definition renamed",
    changed((s) => {
      Object.assign(s.$defs, { Amount: s.$defs.Money });
      s.properties.total.$ref = "#/$defs/Amount";
    }),
  ],
  [
    "a definition written in place",
    changed((s) => void Object.assign(s.properties, { total: s.$defs.Money })),
  ],
];

test.each(additive)("accepts %s", (_, now) => {
  expect(compareSchemas(published, now)).toEqual([]);
});

const breaking: [string, string, JsonSchema][] = [
  ["a removed field", "note", changed((s) => void Reflect.deleteProperty(s.properties, "note"))],
  [
    "a renamed field",
    "note",
    changed((s) => {
      Object.assign(s.properties, { remark: s.properties.note });
      Reflect.deleteProperty(s.properties, "note");
    }),
  ],
  ["another type", "note", changed((s) => void (s.properties.note.type = "integer"))],
  [
    "a new required field",
    "colour",
    changed((s) => {
      Object.assign(s.properties, { colour: { type: "string" } });
      s.required.push("colour");
    }),
  ],
  ["an optional field made required", "note", changed((s) => void s.required.push("note"))],
  ["a required field made optional", "reason", changed((s) => void s.required.splice(1, 1))],
  ["a narrower enum", "reason", changed((s) => void s.properties.reason.enum.pop())],
  ["a wider enum", "reason", changed((s) => void s.properties.reason.enum.push("bored"))],
  [
    "a field closed into an enum",
    "note",
    changed((s) => void Object.assign(s.properties.note, { enum: ["a"] })),
  ],
  ["another pattern", "id", changed((s) => void (s.properties.id.pattern = "^bk_"))],
  ["a tighter bound", "lines", changed((s) => void (s.properties.lines.maxItems = 5))],
  [
    "a bound in a shared definition",
    "total.amountMinor",
    changed((s) => void (s.$defs.Money.properties.amountMinor.minimum = 1)),
  ],
  [
    "a change of what a list holds",
    "lines[items]",
    changed((s) => void Object.assign(s.properties.lines, { items: { type: "string" } })),
  ],
  ["a new branch", "rule", changed((s) => void s.properties.rule.oneOf.push({ type: "string" } as never))],
  [
    "a change inside a branch",
    "rule(0).by",
    changed((s) => void (s.properties.rule.oneOf[0]!.properties!.by.const = "nights")),
  ],
  [
    "another type of free members",
    "counts[additionalProperties]",
    changed((s) => void (s.properties.counts.additionalProperties.type = "string")),
  ],
  ["a closed object", "[additionalProperties]", { ...published, additionalProperties: false }],
  [
    "a field that now takes null",
    "note",
    changed(
      (s) => void Object.assign(s.properties, { note: { anyOf: [{ type: "string" }, { type: "null" }] } }),
    ),
  ],
];

test.each(breaking)("refuses %s", (_, at, now) => {
  expect(compareSchemas(published, now).map((change) => change.at)).toContain(at);
});

test("refuses a new field in an object that was closed", () => {
  const closed = { type: "object", properties: {}, additionalProperties: false };
  const now = { ...closed, properties: { more: { type: "string" } } };
  expect(compareSchemas(closed, now)).toEqual([
    { at: "more", what: "is new where nothing more was allowed" },
  ]);
});

test("says what an enum lost and gained", () => {
  const now = changed((s) => void (s.properties.reason.enum = ["ill", "bored"]));
  expect(compareSchemas(published, now)).toEqual([
    { at: "reason", what: "its values lost late and gained bored" },
  ]);
});
