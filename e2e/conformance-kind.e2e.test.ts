/** No line of production code decides by what a resource is called: the sources say so themselves. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const repository = join(import.meta.dirname, "..");

/** Where a resource's kind is looked for, shown or stored: never decided by. */
const readersOfKind = [
  "services/booking/search/find-candidates.ts",
  "services/booking/search/index-resource.ts",
  "services/booking/search/search-words.ts",
  "services/booking/search/shown-resource.ts",
  "services/catalog/resources/list-resources.ts",
];

const owners = String.raw`\w*[rR]ules|\w*[sS]napshot|\w*[rR]esource|\w*[cC]alendar|resources|resource_search`;

/** Ways to get at the kind of a resource, of its rules, or of a table's row: a member of it, or taken out of it. */
const readings = [
  String.raw`\b(?:${owners}|[sr])\??\.?(?:\.kind\b|\[["'\x60]kind["'\x60]\])`,
  String.raw`\{[^;=]*\bkind\b[^;=]*\}\s*=\s*[^;=>]*\b(?:${owners})\b`,
  String.raw`\{[^;=]*\bkind\b[^;=]*\}\s*:\s*[^,;={)]*\b(?:${owners})\b`,
].map((pattern) => new RegExp(pattern));

/** A trade, or something of it, as a text that code could compare with. */
const trades =
  /["'`](?:hotels?|clinics?|salons?|co-?working|tennis|clubs?|rooms?|suites?|beds?|appointments?|doctors?|patients?|stylists?|chairs?|desks?|offices?|courts?|tables?|restaurants?|venues?)["'`]/i;

/** Files under `services/` that run in production, with their texts, comments left out. */
function sources(): Map<string, string> {
  const files = globSync("services/**/*.ts", { cwd: repository, exclude: ["**/node_modules/**"] });
  const production = files.filter((file) => !/\.(?:test|fixture)\.ts$/.test(file)).toSorted();
  return new Map(
    production.map((file) => [file, withoutComments(readFileSync(join(repository, file), "utf8"))]),
  );
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(?<=^|\s)\/\/.*$/gm, "");
}

function filesWith(patterns: readonly RegExp[]): string[] {
  return [...sources()].flatMap(([file, text]) => (patterns.some((one) => one.test(text)) ? [file] : []));
}

test("a resource's kind is read to be searched by and shown, and nowhere else", () => {
  expect(sources().size).toBeGreaterThan(200);
  expect(filesWith(readings)).toEqual(readersOfKind);
});

test("the scan sees a decision by kind, however it is written", () => {
  const decisions = [
    `if (rules.kind === given) return;`,
    `const isNightly = part.resource.snapshot.rules?.kind.startsWith("r");`,
    `const { kind, zone } = snapshot.rules;`,
    `const { rules: { kind } } = resource.snapshot;`,
    `switch (listedRules.kind) {`,
    "sql`where resources.kind = 'x'`",
    `const named = rules["kind"] ?? "";`,
    `function priceOf({ kind, zone }: ResourceRules) {`,
  ];
  for (const line of decisions) expect([line, readings.some((one) => one.test(line))]).toEqual([line, true]);
  const others = [
    `if (message.kind === "cancel")`,
    `const { kind, charge } = message;`,
    `SagaMessage["kind"]`,
  ];
  for (const line of others) expect([line, readings.some((one) => one.test(line))]).toEqual([line, false]);
});

test("no code names a trade", () => {
  expect(filesWith([trades])).toEqual([]);
});
