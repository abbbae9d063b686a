import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { streams } from "../packages/contracts/define-event.ts";
import { allEvents } from "../packages/contracts/events/all.ts";
import { transitions } from "../services/booking/bookings/transitions.ts";
import { bookingSaga, type StepDefinition } from "../services/booking/saga/saga-table.ts";
import { onboarding } from "../services/catalog/vendors/onboarding.ts";
import { accounts, postingKinds } from "../services/payment/ledger/accounts.ts";
import { codeSpans, plain, readDocument, root, type Table, tableOf } from "./markdown.ts";

const { text } = readDocument("docs/architecture.md");

/** Every service there is: the folders that have a process entry. */
const services = globSync("services/*/package.json", { cwd: root })
  .map((file) => basename(dirname(file)))
  .toSorted();

/** Type of each event, by the name contracts export it under. */
async function eventTypesByName(): Promise<Map<string, string>> {
  const files = globSync("packages/contracts/events/*.ts", { cwd: root });
  const modules = await Promise.all(
    files.map(async (file) => (await import(join(root, file))) as Record<string, unknown>),
  );
  return new Map(
    modules.flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) =>
        typeof value === "object" && value !== null && "type" in value
          ? [[name, String(value.type)] as const]
          : [],
      ),
    ),
  );
}

/** Services that take each event in, from what their tables of consumers import. */
async function takersByType(): Promise<Map<string, string[]>> {
  const types = await eventTypesByName();
  const takers = new Map<string, string[]>();
  for (const service of services) {
    for (const file of globSync(`services/${service}/consumers.ts`, { cwd: root })) {
      const source = readFileSync(join(root, file), "utf8");
      for (const [, names = ""] of source.matchAll(
        /import \{([^}]*)\} from "@holdfast\/contracts\/events\//g,
      )) {
        for (const name of names.split(",").map((each) => each.trim())) {
          const type = types.get(name);
          if (type !== undefined) takers.set(type, [...(takers.get(type) ?? []), service]);
        }
      }
    }
  }
  return takers;
}

const deadlines = {
  hold: "the hold's",
  approval: "the vendor's time to answer",
  change: "the hold of the move",
  completion: "the booking's end",
} as const;

function deadlineInWords(deadline: StepDefinition["deadline"]): string {
  if (deadline === null) return "–";
  return typeof deadline === "string" ? deadlines[deadline] : `${deadline.afterMinutes} minutes`;
}

/** The saga as the rows its table in the document must have. */
function sagaRows(saga: Readonly<Record<string, StepDefinition>>): string[][] {
  return Object.entries(saga).map(([step, { asks, deadline, on, compensation }]) => [
    step,
    asks.map(({ type }) => type).join(", ") || "–",
    deadlineInWords(deadline),
    Object.entries(on)
      .map(([message, action]) => `${message} → ${action}`)
      .join(", "),
    compensation,
  ]);
}

const firstColumn = (table: Table) => table.rows.map(([first]) => plain(first));
const rowsOf = (table: Table) => table.rows.map((row) => row.map(plain));

test("names every service and no other, with the stream it owns", () => {
  const table = tableOf(text, "service");
  expect(firstColumn(table).toSorted()).toEqual(services);
  for (const [service, , stream] of rowsOf(table)) {
    expect(stream, service).toBe(
      service === "gateway" ? "–" : streams[service as keyof typeof streams].stream,
    );
  }
});

test("names every event and no other", () => {
  const types = allEvents.map(({ type }) => type);
  expect(firstColumn(tableOf(text, "event")).toSorted()).toEqual(types);
  const named = codeSpans(text).filter((code) => /^[a-z]+\.[a-z-]+\.v\d+$/.test(code));
  expect(named.filter((type) => !types.includes(type))).toEqual([]);
});

test("says who takes each event in", async () => {
  const takers = await takersByType();
  expect(takers.size).toBeGreaterThan(5);
  const said = rowsOf(tableOf(text, "event")).map(([type = "", , by = ""]) => [
    type,
    by.split(", ").toSorted().join(", "),
  ]);
  expect(said).toEqual(said.map(([type = ""]) => [type, takers.get(type)?.toSorted().join(", ") ?? "–"]));
});

test("shows the saga as the code has it: steps, what they ask for, deadlines, messages, actions", () => {
  expect(rowsOf(tableOf(text, "step"))).toEqual(sagaRows(bookingSaga));
});

test("explains every action of the saga and no other", () => {
  const actions = new Set(Object.values(bookingSaga).flatMap(({ on }) => Object.values(on)));
  expect(firstColumn(tableOf(text, "action")).toSorted()).toEqual([...actions].toSorted());
});

test("shows a vendor's onboarding as the code has it", () => {
  const steps = Object.entries(onboarding).map(([step, { permission, from, to, says }]) => [
    step,
    permission,
    from.join(", "),
    to,
    says,
  ]);
  expect(rowsOf(tableOf(text, "onboarding"))).toEqual(steps);
});

test("says who may lead a booking from where to where, as the code has it", () => {
  expect(rowsOf(tableOf(text, "transition"))).toEqual(
    transitions.map(({ action, by, from, to }) => [action, by.join(", "), from.join(", "), to]),
  );
});

test("shows the ledger's accounts and postings as the code has them", () => {
  expect(rowsOf(tableOf(text, "account")).map(([name, is, of]) => [name, is, of])).toEqual(
    Object.entries(accounts).map(([name, { is, of }]) => [name, is, of]),
  );
  expect(rowsOf(tableOf(text, "posting")).map(([kind, moves]) => [kind, moves])).toEqual(
    Object.entries(postingKinds).map(([kind, { moves }]) => [kind, moves.join(", ")]),
  );
});

test("every row of the failure table names the test that shows it", () => {
  const { rows } = tableOf(text, "down or broken");
  expect(rows.length).toBeGreaterThan(6);
  for (const row of rows) expect(plain(row.at(-1)), row[0]).toMatch(/\.test\.ts/);
});

describe("the saga's rows change with", () => {
  const step = {
    asks: [],
    deadline: null,
    on: { cancel: "cancel" },
    compensation: "none",
  } as const satisfies StepDefinition;
  const rows = JSON.stringify(sagaRows({ done: step }));

  test.for([
    ["a step's name", { gone: step }],
    ["what it asks for", { done: { ...step, asks: allEvents.slice(0, 1) } }],
    ["its deadline", { done: { ...step, deadline: "hold" } }],
    ["a message", { done: { ...step, on: { declined: "cancel" } } }],
    ["an action", { done: { ...step, on: { cancel: "park" } } }],
    ["its compensation", { done: { ...step, compensation: "some" } }],
    ["another step", { done: step, again: step }],
  ] as const)("%s", ([, saga]) => {
    expect(JSON.stringify(sagaRows(saga))).not.toBe(rows);
  });
});
