import { globSync } from "node:fs";
import { basename, dirname } from "node:path";
import { defineConfig, type OxlintOverride } from "oxlint";

type Boundary = { files: string; allowed: string[]; testsAllowed: string[] };

/** Imports point one way: contracts <- chassis <- services; testkit stands outside and only tests reach for it. */
const boundaries: Boundary[] = [
  { files: "packages/contracts", allowed: [], testsAllowed: [] },
  { files: "packages/chassis", allowed: ["contracts"], testsAllowed: ["testkit"] },
  { files: "services/*", allowed: ["contracts", "chassis"], testsAllowed: ["testkit"] },
];

/** How many folders below its package's root a file may lie and still be checked for climbing out of it. */
const deepestFolder = 4;

const workspaces = globSync("{packages,services}/*/package.json", { cwd: import.meta.dirname }).map(
  (manifest) => basename(dirname(manifest)),
);

/** The rule's globs know no reliable negation, so what is forbidden is spelled out. */
function forbiddenPackages(allowed: string[]) {
  return `^@holdfast/(?:${workspaces.filter((workspace) => !allowed.includes(workspace)).join("|")})(?:/|$)`;
}

function importsOf(files: string, depth: number, name: string, allowed: string[]): OxlintOverride {
  const message = `${files} imports ${allowed.join(", ") || "no other package"} only, and itself by relative path.`;
  const climbing = `^(?:\\./)?(?:\\.\\./){${depth + 1}}`;
  return {
    files: [`${files}/${"*/".repeat(depth)}${name}`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: [
            { name: "node:process", importNames: ["env"], message: "Only config.ts reads the environment." },
            { name: "process", importNames: ["env"], message: "Only config.ts reads the environment." },
          ],
          patterns: [
            { regex: forbiddenPackages(allowed), message },
            { regex: climbing, message: "A relative import stays inside its package." },
          ],
        },
      ],
    },
  };
}

const importBoundaries = boundaries.flatMap(({ files, allowed, testsAllowed }) =>
  Array.from({ length: deepestFolder + 1 }, (_, depth) => [
    importsOf(files, depth, "*.ts", allowed),
    importsOf(files, depth, "*.{test,fixture}.ts", [...allowed, ...testsAllowed]),
  ]).flat(),
);

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "promise", "vitest"],
  categories: { correctness: "error" },
  options: { typeAware: true, reportUnusedDisableDirectives: "error" },
  ignorePatterns: ["packages/contracts/published/**", ".holdfast/**", "bench/results/**"],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/await-thenable": "error",
    "typescript/no-explicit-any": "error",
    "typescript/ban-ts-comment": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "import/no-default-export": "error",
    "import/no-cycle": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "no-restricted-properties": [
      "error",
      { object: "process", property: "env", message: "Only config.ts reads the environment." },
    ],
    // vitest's expect takes a message beside the value; a helper that asserts says so in its name.
    "vitest/valid-expect": ["error", { maxArgs: 2 }],
    "vitest/expect-expect": [
      "error",
      { assertFunctionNames: ["expect", "expect*", "assert", "assert*", "fc.assert"] },
    ],
    "vitest/no-restricted-vi-methods": [
      "error",
      { mock: "Nothing of ours is mocked.", doMock: "Nothing of ours is mocked." },
    ],
    // Libraries that call back meet our async functions somewhere.
    "promise/no-callback-in-promise": "off",
    eqeqeq: "error",
    "max-lines": ["error", { max: 300 }],
    "max-lines-per-function": ["error", { max: 70 }],
  },
  overrides: [
    { files: ["*.config.ts"], rules: { "import/no-default-export": "off" } },
    { files: ["services/**", "packages/chassis/**"], rules: { "no-console": "error" } },
    {
      files: [
        "**/config.ts",
        "*.config.ts",
        "demo/**",
        "bench/**",
        "e2e/**",
        "security/**",
        "deploy/**",
        "packages/testkit/**",
      ],
      rules: { "no-restricted-properties": "off" },
    },
    { files: ["**/*.test.ts"], rules: { "max-lines-per-function": "off" } },
    ...importBoundaries,
  ],
});
