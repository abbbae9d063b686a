import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { controlRoutes } from "./control-requests.ts";
import { operationNames } from "./operations.ts";
import { quietSwitches } from "./switches.ts";
import { testCardTokens } from "./test-cards.ts";

const readme = readFileSync(join(import.meta.dirname, "README.md"), "utf8");

/** What stands in backticks in one section, as far as it matches. */
function named(section: string, pattern: RegExp): Set<string> {
  const [, text = ""] = readme.split(`\n## ${section}\n`);
  const [body = ""] = text.split("\n## ");
  return new Set(
    [...body.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code).filter((code) => pattern.test(code)),
  );
}

describe("the README", () => {
  it.each([
    ["operation", "Operations", /^[a-z_]+\.[a-zA-Z]+$/, operationNames()],
    ["test payment method", "Test payment methods", /^pm_card_/, testCardTokens()],
    ["route", "Routes for tests", /^(GET|POST|PUT|DELETE) /, controlRoutes()],
  ])("names every %s there is, and no other", (_kind, section, pattern, present) => {
    expect([...named(section, pattern)].toSorted()).toEqual([...new Set(present)].toSorted());
  });

  it("explains every switch", () => {
    const explained = named("Switches", /^[a-zA-Z]+$/);
    expect(Object.keys(quietSwitches).filter((name) => !explained.has(name))).toEqual([]);
  });
});
