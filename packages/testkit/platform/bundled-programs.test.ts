import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sourceState } from "./bundled-programs.ts";

const tree = {
  "node_modules/.package-lock.json": "{}",
  "packages/contracts/money.ts": "export const minor = 100;",
  "services/auth/main.ts": "start(1);",
  "services/auth/package.json": "{}",
};

function newTree(): (changes: Readonly<Record<string, string>>) => Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "holdfast-sources-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return (changes) => {
    for (const [path, content] of Object.entries({ ...tree, ...changes })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return sourceState(root);
  };
}

test("the same sources are the same state, whenever they were written", async () => {
  const write = newTree();
  expect(await write({})).toBe(await write({}));
});

test.each([
  ["a source that changed", { "services/auth/main.ts": "start(2);" }],
  ["a source that came", { "services/auth/tokens.ts": "" }],
  ["another manifest", { "services/auth/package.json": '{"imports":{}}' }],
  ["other packages installed", { "node_modules/.package-lock.json": '{"packages":{}}' }],
])("%s is another state", async (_what, changes) => {
  const write = newTree();
  expect(await write({})).not.toBe(await write(changes));
});
