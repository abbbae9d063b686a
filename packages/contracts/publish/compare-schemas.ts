/** Whether a published event may become what its definition says now, or needs a new version. */
import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import type { JsonSchema } from "./json-schema.ts";

/** One change that some reader or some stored event would not survive. */
export interface BreakingChange {
  /** Where: `data.total.currency`; empty for the event itself. */
  readonly at: string;
  readonly what: string;
}

/** These say something to people and nothing to a validator. */
const annotations = new Set([
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "title",
  "description",
  "examples",
  "default",
  "deprecated",
]);

/** Keywords whose values are schemas and are looked into. */
const nested = new Set([
  "properties",
  "required",
  "items",
  "oneOf",
  "anyOf",
  "allOf",
  "additionalProperties",
  "propertyNames",
]);

/** Published schemas are trees a few levels deep; this only bounds one that refers to itself. */
const deepest = 40;

interface Pair {
  readonly old: unknown;
  readonly new: unknown;
  readonly at: string;
  readonly depth: number;
}

interface Roots {
  readonly old: JsonSchema;
  readonly new: JsonSchema;
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const within = (at: string, name: string) => (at === "" ? name : `${at}.${name}`);

function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const reference = schema["$ref"];
  if (typeof reference !== "string") return schema;
  const name = /^#\/\$defs\/([^/]+)$/.exec(reference)?.[1];
  const definitions = root["$defs"];
  const target = name !== undefined && isSchema(definitions) ? definitions[name] : undefined;
  assert(isSchema(target), `${reference} names nothing in its schema`);
  const { $ref: _reference, ...beside } = schema;
  return { ...resolve(target, root), ...beside };
}

function compareProperties(old: JsonSchema, now: JsonSchema, pair: Pair, roots: Roots): BreakingChange[] {
  const before = isSchema(old["properties"]) ? old["properties"] : {};
  const after = isSchema(now["properties"]) ? now["properties"] : {};
  const neededBefore = new Set(Array.isArray(old["required"]) ? old["required"] : []);
  const neededAfter = new Set(Array.isArray(now["required"]) ? now["required"] : []);
  const changes: BreakingChange[] = [];
  for (const name of Object.keys(before)) {
    const at = within(pair.at, name);
    if (!(name in after)) changes.push({ at, what: "was removed or renamed" });
    else {
      if (neededBefore.has(name) && !neededAfter.has(name))
        changes.push({ at, what: "was required and is optional" });
      if (!neededBefore.has(name) && neededAfter.has(name))
        changes.push({ at, what: "was optional and is required" });
      changes.push(...compare({ old: before[name], new: after[name], at, depth: pair.depth + 1 }, roots));
    }
  }
  for (const name of Object.keys(after).filter((each) => !(each in before))) {
    const at = within(pair.at, name);
    if (neededAfter.has(name))
      changes.push({ at, what: "is new and required: stored events do not have it" });
    if (old["additionalProperties"] === false)
      changes.push({ at, what: "is new where nothing more was allowed" });
  }
  return changes;
}

function compareBranches(
  keyword: string,
  old: unknown,
  now: unknown,
  pair: Pair,
  roots: Roots,
): BreakingChange[] {
  const before = Array.isArray(old) ? old : [];
  const after = Array.isArray(now) ? now : [];
  if (before.length !== after.length) {
    return [{ at: pair.at, what: `has ${after.length} branches of ${keyword} and had ${before.length}` }];
  }
  return before.flatMap((branch, index) =>
    compare({ old: branch, new: after[index], at: `${pair.at}(${index})`, depth: pair.depth + 1 }, roots),
  );
}

function describeChange(keyword: string, old: unknown, now: unknown): string {
  if (keyword === "enum" && Array.isArray(old) && Array.isArray(now)) {
    const gone = old.filter((value) => !now.includes(value));
    const added = now.filter((value) => !old.includes(value));
    if (gone.length === 0 && added.length === 0) return "";
    const said = [
      gone.length > 0 ? `lost ${gone.join(", ")}` : "",
      added.length > 0 ? `gained ${added.join(", ")}` : "",
    ];
    return `its values ${said.filter(Boolean).join(" and ")}`;
  }
  const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
  return `${keyword} was ${show(old)} and is ${show(now)}`;
}

function compare(pair: Pair, roots: Roots): BreakingChange[] {
  assert(pair.depth < deepest, `the schema is nested too deeply at ${pair.at}`);
  if (!isSchema(pair.old) || !isSchema(pair.new)) {
    return isDeepStrictEqual(pair.old, pair.new) ? [] : [{ at: pair.at, what: "changed altogether" }];
  }
  const old = resolve(pair.old, roots.old);
  const now = resolve(pair.new, roots.new);
  const changes: BreakingChange[] = [];
  for (const keyword of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (annotations.has(keyword) || nested.has(keyword) || isDeepStrictEqual(old[keyword], now[keyword]))
      continue;
    const what = describeChange(keyword, old[keyword], now[keyword]);
    if (what !== "") changes.push({ at: pair.at, what });
  }
  changes.push(...compareProperties(old, now, pair, roots));
  for (const keyword of ["items", "additionalProperties", "propertyNames"]) {
    if (old[keyword] === undefined && now[keyword] === undefined) continue;
    const at = `${pair.at}[${keyword}]`;
    changes.push(...compare({ old: old[keyword], new: now[keyword], at, depth: pair.depth + 1 }, roots));
  }
  for (const keyword of ["oneOf", "anyOf", "allOf"]) {
    changes.push(...compareBranches(keyword, old[keyword], now[keyword], pair, roots));
  }
  return changes;
}

/**
 * What is not additive between a published event and its definition now; nothing means the version may stay.
 *
 * Events are read both ways: readers of the old schema get new events (versions N and N+1 run side by side), and readers
 * of the new one get old events (the outbox is republished for days). So all that a version may gain is optional
 * properties. A wider enum is refused too: a reader of the old one would take the new value for a broken event.
 */
export function compareSchemas(old: JsonSchema, now: JsonSchema): BreakingChange[] {
  return compare({ old, new: now, at: "", depth: 0 }, { old, new: now });
}
