import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allEndpoints } from "../packages/contracts/api/all.ts";
import type { EndpointDefinition } from "../packages/contracts/define-endpoint.ts";
import { renderProblems } from "../services/gateway/pages/problems-page.ts";
import { readDocument, root } from "./markdown.ts";

interface Declared {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  /** `chassis`, or the service. */
  readonly owner: string;
}

const definition = /\bdefineProblem\(\s*"([^"]+)",\s*(\d{3}),\s*("(?:[^"\\]|\\.)*"),?\s*\)/g;

/** The problems a source file declares; throws where one is not written out in literals. */
function problemsIn(source: string, owner: string): Declared[] {
  const found = [...source.matchAll(definition)].map(([, code = "", status, title = ""]) => ({
    code,
    status: Number(status),
    title: JSON.parse(title) as string,
    owner,
  }));
  const calls = source.match(/\bdefineProblem\(/g)?.length ?? 0;
  if (found.length !== calls)
    throw new Error(`${owner}: ${calls} problems, of which ${found.length} can be read`);
  return found;
}

/** Every problem the code declares, wherever it does. */
function declaredProblems(): Declared[] {
  return globSync("{packages/chassis,services/*}/**/*.ts", { cwd: root })
    .filter((file) => !/\.(test|fixture)\.ts$|\/testing\/|node_modules/.test(file))
    .filter((file) => file !== "packages/chassis/problem.ts")
    .flatMap((file) => problemsIn(readFileSync(join(root, file), "utf8"), file.split("/")[1] ?? ""));
}

const section = /^### (\S+)\n\n\*\*(\d+)\*\* (.+)\n\nCause: (.+)\n\nDo: (.+)$/gm;

/** What a reader would hold against the page, one sentence each. */
function complaints(page: string, declared: readonly Omit<Declared, "owner">[]): string[] {
  const sections = [...page.matchAll(section)].map(([, code = "", status = "", title = ""]) => ({
    code,
    line: `${status} ${title}`,
  }));
  const headings = [...page.matchAll(/^### (\S+)$/gm)].map(([, code = ""]) => code);
  return [
    ...headings.filter((code, at) => headings.indexOf(code) < at).map((code) => `${code} has two sections`),
    ...headings
      .filter((code) => !sections.some((each) => each.code === code))
      .map((code) => `${code} lacks its status, cause or advice`),
    ...headings
      .filter((code) => !declared.some((each) => each.code === code))
      .map((code) => `${code} is explained but not declared`),
    ...declared.flatMap(({ code, status, title }) => {
      const explained = sections.find((each) => each.code === code);
      if (explained === undefined) return headings.includes(code) ? [] : [`${code} is not explained`];
      const line = `${status} ${title}`;
      return explained.line === line ? [] : [`${code} is "${line}", not "${explained.line}"`];
    }),
  ];
}

/** Codes an endpoint lists that neither its service nor the chassis declares. */
function undeclared(
  endpoints: readonly Pick<EndpointDefinition, "name" | "service" | "problems">[],
  declared: readonly Declared[],
) {
  return endpoints.flatMap(({ name, service, problems = [] }) =>
    problems
      .filter(
        (code) => !declared.some((each) => each.code === code && [service, "chassis"].includes(each.owner)),
      )
      .map((code) => `${name}: ${code}`),
  );
}

const page = readDocument("docs/problems.md").text;

test("problems.md explains exactly the problems the code declares, each with its status and sentence", () => {
  const declared = declaredProblems();
  expect(declared.length).toBeGreaterThan(40);
  expect(complaints(page, declared)).toEqual([]);
});

test("a code belongs to one definition", () => {
  const codes = declaredProblems().map(({ code }) => code);
  expect(codes.filter((code, at) => codes.indexOf(code) < at)).toEqual([]);
});

test("every problem an endpoint lists is declared by its service, or by the chassis", () => {
  const declared = declaredProblems();
  expect(allEndpoints.some(({ problems = [] }) => problems.length > 0)).toBe(true);
  expect(undeclared(allEndpoints, declared)).toEqual([]);
});

test("the gateway's page has a target for every problem's type", () => {
  const html = renderProblems(page);
  for (const { code } of declaredProblems()) expect(html).toContain(`id="${code}"`);
});

test("every reason of a declined booking that the code can give is explained", () => {
  const files = globSync("services/{booking,payment}/**/*.ts", { cwd: root }).filter(
    (file) => !/\.test\.ts$|fixture/.test(file),
  );
  const refusals = new Set(declaredProblems().map(({ code }) => code));
  const codes = files
    .flatMap((file) => readFileSync(join(root, file), "utf8").match(/"payment\/[a-z-]+"/g) ?? [])
    .map((code) => code.slice(1, -1));
  expect(codes.length).toBeGreaterThan(5);
  const reasons = [...new Set(codes)].filter((code) => !refusals.has(code));
  expect(reasons.filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
});

describe("the check complains about", () => {
  const taken = { code: "slot/taken", status: 409, title: "It is taken." };
  const written = "### slot/taken\n\n**409** It is taken.\n\nCause: somebody.\n\nDo: wait.\n";

  test("nothing when all is well", () => {
    expect(complaints(written, [taken])).toEqual([]);
  });

  test.for([
    ["a code that is not explained", "", [taken], ["slot/taken is not explained"]],
    ["a code that is not declared", written, [], ["slot/taken is explained but not declared"]],
    [
      "another status",
      written,
      [{ ...taken, status: 410 }],
      ['slot/taken is "410 It is taken.", not "409 It is taken."'],
    ],
    [
      "another sentence",
      written,
      [{ ...taken, title: "No." }],
      ['slot/taken is "409 No.", not "409 It is taken."'],
    ],
    [
      "a section without advice",
      written.replace("Do: wait.", ""),
      [taken],
      ["slot/taken lacks its status, cause or advice"],
    ],
    ["a code explained twice", `${written}\n${written}`, [taken], ["slot/taken has two sections"]],
  ] as const)("%s", ([, text, declared, expected]) => {
    expect(complaints(text, declared)).toEqual(expected);
  });

  test("a problem whose code is not a literal", () => {
    expect(problemsIn('defineProblem("a/b", 409, "It is \\"so\\".")', "booking")[0]?.title).toBe(
      'It is "so".',
    );
    expect(() => problemsIn("defineProblem(code, 409, title)", "booking")).toThrow("booking: 1 problems");
  });

  test("an endpoint that lists another service's code, or one nobody declares", () => {
    const endpoint = { name: "hold", service: "booking", problems: ["slot/taken", "slot/gone"] } as const;
    const own = { ...taken, owner: "booking" };
    expect(undeclared([endpoint], [own])).toEqual(["hold: slot/gone"]);
    expect(undeclared([endpoint], [{ ...own, owner: "catalog" }])).toEqual([
      "hold: slot/taken",
      "hold: slot/gone",
    ]);
    expect(undeclared([endpoint], [own, { ...own, code: "slot/gone", owner: "chassis" }])).toEqual([]);
  });
});
