import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const versions = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  name: z.string(),
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
  peerDependencies: versions,
});

type Dependency = { name: string; version: string; in: string };

function readDependencies(): Dependency[] {
  const files = globSync(["package.json", "{packages,services}/*/package.json"], { cwd: root });
  return files.flatMap((file) => {
    const { name: owner, ...kinds } = manifest.parse(JSON.parse(readFileSync(join(root, file), "utf8")));
    return Object.values(kinds).flatMap((kind) =>
      Object.entries(kind).map(([name, version]) => ({ name, version, in: owner })),
    );
  });
}

/** Everything a reader would hold against the document or the manifests, one sentence each. */
function complaints(document: string, dependencies: Dependency[]): string[] {
  const rows = [...document.matchAll(/^- `([^`]+)`:(.*?)(?:—(.*))?$/gm)].map(
    ([, name = "", what = "", why = ""]) => ({
      name,
      complete: what.trim() !== "" && why.trim() !== "",
    }),
  );
  const foreign = new Set(
    dependencies.map(({ name }) => name).filter((name) => !name.startsWith("@holdfast/")),
  );
  return [
    ...dependencies
      .filter(({ version }) => !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
      .map(({ name, version, in: owner }) => `${owner} asks for ${name} ${version}, not for one version.`),
    ...[...foreign]
      .filter((name) => !rows.some((row) => row.name === name))
      .map((name) => `${name} has no line.`),
    ...rows
      .filter(({ name }) => !foreign.has(name))
      .map(({ name }) => `${name} is described but not installed.`),
    ...rows.filter(({ complete }) => !complete).map(({ name }) => `${name} lacks a reason.`),
    ...rows
      .filter(({ name }, at) => rows.findIndex((row) => row.name === name) < at)
      .map(({ name }) => `${name} has two lines.`),
  ];
}

test("every dependency is pinned to one version and has its line in docs/dependencies.md", () => {
  const dependencies = readDependencies();
  expect(dependencies.length).toBeGreaterThan(40);
  expect(complaints(readFileSync(join(root, "docs/dependencies.md"), "utf8"), dependencies)).toEqual([]);
});

describe("the check complains about", () => {
  const zod = { name: "zod", version: "4.6.7", in: "booking" };
  const line = "- `zod`: checks — one schema";

  test("nothing when all is well, a prerelease and our own packages included", () => {
    const own = { name: "@holdfast/chassis", version: "0.1.0", in: "booking" };
    expect(complaints(line, [zod, { ...zod, version: "18.4.0-beta.17" }, own])).toEqual([]);
  });

  test.for([
    "^4.6.7",
    "~4.6.7",
    "4",
    "4.6",
    "4.6.x",
    "*",
    "latest",
    ">=4.6.7",
    "4.6.7 || 5.0.0",
    "file:../zod",
  ])("the version %s", (version) => {
    expect(complaints(line, [{ ...zod, version }])).toEqual([
      `booking asks for zod ${version}, not for one version.`,
    ]);
  });

  test.for([
    ["a missing line", "", [zod], ["zod has no line."]],
    ["a line without its reason", "- `zod`: checks", [zod], ["zod lacks a reason."]],
    ["a line for what is gone", line, [], ["zod is described but not installed."]],
    ["a line written twice", `${line}\n${line}`, [zod], ["zod has two lines."]],
  ] as const)("%s", ([, document, dependencies, expected]) => {
    expect(complaints(document, [...dependencies])).toEqual(expected);
  });
});
