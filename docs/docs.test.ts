import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { curlLines } from "../demo/first-steps.ts";
import {
  allDocuments,
  anchors,
  codeSpans,
  type Document,
  fences,
  plain,
  readDocument,
  relativeLinks,
  root,
  tableOf,
} from "./markdown.ts";

const folders = "packages|services|docs|demo|e2e|security|bench|deploy|\\.github|\\.ci";

/** Paths of the repository that code in a document mentions; `<name>` stands for any. */
function mentionedPaths(text: string): string[] {
  const code = [...codeSpans(text), ...fences(text).map(({ body }) => body)].join("\n");
  const inFolders = [...code.matchAll(new RegExp(`(?<![\\w/.@-])(?:${folders})/[\\w./*<>-]*`, "g"))].map(
    ([path]) => path,
  );
  const bare = codeSpans(text).filter((span) => /^[\w*.-]+\.(ts|json|ya?ml|md|conf)$/.test(span));
  return [...inFolders, ...bare].map((path) => path.replace(/[.,:]+$/, "").replaceAll(/<\w+>/g, "*"));
}

/** Folders that commands write to and the repository does not keep: a fresh clone has none of them. */
const writtenFolders = readFileSync(join(root, ".gitignore"), "utf8")
  .split("\n")
  .filter((line) => line.endsWith("/"));

/** A path from the repository's folder; a bare name may also lie in any package. */
function pathExists(path: string): boolean {
  if (writtenFolders.some((folder) => `${path}/`.startsWith(folder))) return true;
  const patterns = path.includes("/")
    ? [path]
    : [path, `{packages,services,e2e,security,deploy,demo,bench,docs}/**/${path}`];
  return existsSync(join(root, path)) || globSync(patterns, { cwd: root }).length > 0;
}

/** Where a link leads that leads nowhere: to no file, or to no heading of it. */
function isBrokenLink(from: Document, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from.path : join(dirname(from.path), path);
  if (!existsSync(join(root, target))) return true;
  return (
    anchor !== undefined && target.endsWith(".md") && !anchors(readDocument(target).text).includes(anchor)
  );
}

/** npm scripts that a document tells to run. */
function mentionedScripts(text: string): string[] {
  const code = [...codeSpans(text), ...fences(text).map(({ body }) => body)].join("\n");
  return [...code.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)].map(
    ([, run, short]) => run ?? short ?? "",
  );
}

/** Environment variables that a document names. */
function mentionedVariables(text: string): string[] {
  return codeSpans(text).flatMap((span) => span.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? []);
}

/** What those that start things read, services' schemas apart; `<SERVICE>` is any service. */
const startersText = globSync(
  ["packages/testkit/**/*.ts", "deploy/**/*", "docker-compose*.yml", "Dockerfile", ".env.example"],
  {
    cwd: root,
    withFileTypes: true,
  },
)
  .filter((entry) => entry.isFile())
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
  .join("\n");

async function knownVariables(): Promise<Set<string>> {
  const configs = globSync("services/*/config.ts", { cwd: root });
  const schemas = await Promise.all(
    configs.map(async (file) => (await import(join(root, file))) as { configSchema: { shape: object } }),
  );
  return new Set([
    ...schemas.flatMap(({ configSchema }) => Object.keys(configSchema.shape)),
    ...(startersText.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? []),
  ]);
}

/** Lines of a shell with what differs from day to day, and from one installation to another, left out. */
function timeless(lines: string): string {
  return lines
    .trim()
    .replaceAll(/\bres_[0-9a-z]{26}\b/g, "<resource>")
    .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, "<date>");
}

const documents = allDocuments();
const readme = readDocument("README.md");

describe.for(documents.map((document) => [document.path, document] as const))("%s", ([, document]) => {
  test("links to files and headings that exist", () => {
    expect(relativeLinks(document.text).filter((link) => isBrokenLink(document, link))).toEqual([]);
  });

  test("names only files that exist", () => {
    expect(mentionedPaths(document.text).filter((path) => !pathExists(path))).toEqual([]);
  });

  test("tells to run only scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(mentionedScripts(document.text).filter((script) => !(script in scripts))).toEqual([]);
  });

  test("names only environment variables that something reads", async () => {
    const known = await knownVariables();
    expect(mentionedVariables(document.text).filter((variable) => !known.has(variable))).toEqual([]);
  });
});

test("README.md lists every service and no other", () => {
  const services = globSync("services/*/package.json", { cwd: root }).map((file) => basename(dirname(file)));
  expect(
    tableOf(readme.text, "service")
      .rows.map(([name]) => plain(name))
      .toSorted(),
  ).toEqual(services.toSorted());
});

test("README.md's map has every folder, and none that is gone", () => {
  const listed = tableOf(readme.text, "folder").rows.map(([folder]) => plain(folder));
  const there = globSync("*/", { cwd: root }).filter((folder) => !folder.startsWith("node_modules"));
  expect(there.length).toBeGreaterThan(5);
  expect(
    there.filter((folder) => !listed.some((each) => each.split("/")[0] === folder.split("/")[0])),
  ).toEqual([]);
  expect(listed.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
});

test("README.md shows the lines that `npm start` prints", () => {
  const zone = "Europe/Lisbon";
  const resource = { resourceId: `res_${"0".repeat(26)}`, rules: { zone } } as unknown as Parameters<
    typeof curlLines
  >[0]["resource"];
  const printed = timeless(curlLines({ gatewayUrl: "http://127.0.0.1:8080", resource }).join("\n"));
  expect(printed.split("\n")).toHaveLength(3);
  expect(fences(readme.text).map(({ body }) => timeless(body))).toContain(printed);
});

test("README.md says each promise with the command that shows it", () => {
  const promises = [...readme.text.matchAll(/^\d\. \*\*(.+?)\*\*.*\n +`(npx vitest run .+)`$/gm)];
  expect(promises.map(([, promise]) => promise)).toHaveLength(3);
});

test("every decision has its number to itself, and says what, why and with what consequences", () => {
  const decisions = documents.filter(({ path }) => path.startsWith("docs/decisions/"));
  expect(decisions.length).toBeGreaterThan(5);
  const numbers = decisions.map(({ path }) => /^\d{4}(?=-)/.exec(basename(path))?.[0]);
  expect(new Set(numbers).size).toBe(decisions.length);
  for (const { path, text } of decisions) {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings, path).toEqual(["Context", "Decision", "Consequences", "Evidence"]);
  }
});

describe("the checks find", () => {
  const page: Document = { path: "docs/sample.md", text: "# A heading, `coded`\n" };

  test("a link to no file or to no heading", () => {
    expect(
      ["gone.md", "runbook.md#no-such-heading", "#gone"].filter((link) => !isBrokenLink(page, link)),
    ).toEqual([]);
    expect(
      ["runbook.md", "../README.md#quick-start", "openapi.yaml"].filter((link) => isBrokenLink(page, link)),
    ).toEqual([]);
    expect(anchors(page.text)).toEqual(["a-heading-coded"]);
    expect(relativeLinks("[a](b.md#c) [d](https://e) `[f](g)`\n```\n[h](i)\n```\n")).toContain("b.md#c");
  });

  test("a file that is not there, in prose, in a command and as a bare name", () => {
    const text =
      "`packages/gone.ts`, `gone.json` and\n\n```sh\nnode services/*/gone.ts, http://a/docs/b\n```\n";
    expect(mentionedPaths(text).toSorted()).toEqual(["gone.json", "packages/gone.ts", "services/*/gone.ts"]);
    expect(mentionedPaths(text).filter(pathExists)).toEqual([]);
    expect(
      ["services/<name>/main.ts", "problems.ts", "package.json"]
        .flatMap((path) => mentionedPaths(`\`${path}\``))
        .filter((path) => !pathExists(path)),
    ).toEqual([]);
  });

  test("a script or a variable wherever it is named", () => {
    expect(mentionedScripts("`npm run gone`, `npm test`\n```sh\nnpm ci && npm start\n```\n")).toEqual([
      "gone",
      "test",
      "start",
    ]);
    expect(mentionedVariables("`HOLDFAST_GONE` and `A_B=c`, UNSAID_HERE, `NATS`")).toEqual([
      "HOLDFAST_GONE",
      "A_B",
    ]);
  });

  test("another line, but not another day or resource", () => {
    const id = (last: string) => `res_${"0".repeat(25)}${last}`;
    expect(timeless(`curl a/${id("1")}?from=2026-01-02\n`)).toBe(
      timeless(`curl a/${id("2")}?from=2027-11-12`),
    );
    expect(timeless("curl a/b")).not.toBe(timeless("curl a/c"));
  });
});
