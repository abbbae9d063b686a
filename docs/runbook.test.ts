import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createMetrics } from "../packages/chassis/metrics.ts";
import { stripeEvents } from "../packages/testkit/platform/service-environment.ts";
import { codeSpans, plain, readDocument, root, tableOf } from "./markdown.ts";

const { text } = readDocument("docs/runbook.md");

/** A service's `config.ts`, as far as it is looked at here. */
interface Configured {
  readonly configSchema: {
    readonly shape: Readonly<
      Record<string, { safeParse(value: unknown): { success: boolean; data?: unknown } }>
    >;
  };
}

interface Setting {
  readonly services: string[];
  readonly required: boolean;
  readonly defaults: Set<unknown>;
}

/** Every variable a service's schema reads. */
async function settings(): Promise<{ services: string[]; byName: Map<string, Setting> }> {
  const files = globSync("services/*/config.ts", { cwd: root }).toSorted();
  const byName = new Map<string, Setting>();
  for (const file of files) {
    const { configSchema } = (await import(join(root, file))) as Configured;
    for (const [name, shape] of Object.entries(configSchema.shape)) {
      const unset = shape.safeParse(undefined);
      const known = byName.get(name) ?? { services: [], required: false, defaults: new Set() };
      if (unset.success) known.defaults.add(unset.data);
      known.services.push(basename(dirname(file)));
      byName.set(name, { ...known, required: known.required || !unset.success });
    }
  }
  return { services: files.map((file) => basename(dirname(file))), byName };
}

function readers(of: readonly string[], all: readonly string[]): string {
  if (of.length === all.length) return "all";
  if (of.length === all.length - 1 && !of.includes("gateway")) return "all but gateway";
  return of.join(", ");
}

/** Every metric the code makes, with its labels. */
function metricsInCode(): Map<string, string> {
  const made = /\.(?:counter|histogram|gauge)(?:<\w+>)?\(\{\s*name: "(\w+)",[^}]*?labels: \[([^\]]*)\]/g;
  const files = globSync("{packages/chassis,services/*}/**/*.ts", { cwd: root }).filter(
    (file) => !file.endsWith(".test.ts"),
  );
  return new Map(
    files
      .flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(made)])
      .map(([, name = "", labels = ""]) => [name, labels.replaceAll('"', "").trim()]),
  );
}

test("describes every metric the code makes, with its labels, and no other", () => {
  const described = new Map(
    tableOf(text, "metric").rows.map(([name, labels]) => [plain(name), plain(labels)]),
  );
  const made = metricsInCode();
  expect(made.size).toBeGreaterThan(8);
  expect(Object.fromEntries(described)).toEqual(Object.fromEntries(made));
});

test("names no metric that a service does not expose", async () => {
  const exposed = await createMetrics("sample").expose();
  const known = new Set([
    ...metricsInCode().keys(),
    ...[...exposed.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name),
  ]);
  const named = codeSpans(text)
    .filter((code) => /^[a-z]+(_[a-z]+)+_(total|seconds|count|bytes|up)$/.test(code))
    .map((code) => code.replace(/_count$/, ""));
  expect(named).toContain("http_server_request_duration_seconds");
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test("describes every setting that a service reads, who reads it, and no other", async () => {
  const { services, byName } = await settings();
  const read = [...byName].map(([name, setting]) => [name, readers(setting.services, services)]);
  const described = tableOf(text, "variable").rows.map(([name, by]) => [plain(name), plain(by)]);
  expect(Object.fromEntries(described)).toEqual(Object.fromEntries(read));
});

test("gives every setting's default as the schemas have it", async () => {
  const { byName } = await settings();
  const said = new Map(tableOf(text, "variable").rows.map(([name, , given = ""]) => [plain(name), given]));
  for (const [name, { required, defaults }] of byName) {
    const given = said.get(name) ?? "";
    expect(given.startsWith("required"), `${name} is ${required ? "" : "not "}required`).toBe(required);
    const worthSaying = [...defaults].filter(
      (value) => Boolean(value) && ["string", "number"].includes(typeof value),
    );
    expect(
      worthSaying.map((value) => `\`${String(value)}\``).filter((value) => value !== given),
      name,
    ).toEqual([]);
  }
});

test("shows every line to look for as the code writes it", () => {
  const source = globSync("{packages/chassis,services/*}/**/*.ts", { cwd: root })
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");
  const lines = tableOf(text, "line").rows.map(([line]) => plain(line));
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => !source.includes(`"${line}"`))).toEqual([]);
});

test("tells readers of a setting apart", () => {
  const all = ["auth", "booking", "gateway"];
  expect(readers(all, all)).toBe("all");
  expect(readers(["auth", "booking"], all)).toBe("all but gateway");
  expect(readers(["auth", "gateway"], all)).toBe("auth, gateway");
});

test("names every event that Stripe is to send", () => {
  const named = tableOf(text, "endpoint").rows.flatMap(([, events = ""]) => codeSpans(events));
  expect(named).toEqual(expect.arrayContaining(stripeEvents));
});
