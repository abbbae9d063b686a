import { createLogger } from "@holdfast/chassis/log";
import { createMetrics } from "@holdfast/chassis/metrics";
import { beforeEach, afterEach, expect, test, vi } from "vitest";
import type { Answer, Failed } from "../payments/answer.ts";
import {
  behindBreaker,
  booksBehindBreaker,
  createBreaker,
  disputesBehindBreaker,
} from "./circuit-breaker.ts";
import type { Provider } from "./provider.ts";
import { ChargeAtProvider } from "./provider-charge.fixture.ts";

const openMs = 5_000;
const failures = 3;
const done: Answer = { outcome: "done", intent: null };
const unreachable: Answer = { outcome: "failed", reason: "unreachable", kept: false };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A provider that answers as it is told, and counts its calls. */
function setUp(answer: Answer = unreachable) {
  const state = { answer, calls: 0 };
  const provider: Provider = {
    name: "far",
    make: async () => {
      state.calls += 1;
      return Promise.resolve(state.answer);
    },
  };
  const metrics = createMetrics("test", { defaults: false });
  const log = createLogger("test", "silent");
  const breaker = createBreaker({ name: provider.name, failures, openMs, log, metrics });
  const guarded = behindBreaker(provider, breaker);
  const at = new ChargeAtProvider(guarded);
  const call = () => guarded.make(at.plan("look"));
  const isPaused = async () => /payment_provider_paused\{[^}]*\} 1/.test(await metrics.expose());
  const open = async () => {
    for (let count = 0; count < failures; count += 1) await call();
  };
  return { state, call, open, isPaused, breaker };
}

test("after some calls in a row that found nobody none is made, and what waits is not counted", async () => {
  const { state, call, isPaused } = setUp();
  expect([await call(), await call()]).toEqual([unreachable, unreachable]);
  expect(await isPaused()).toBe(false);
  expect(await call()).toEqual({ ...unreachable, waitMs: openMs });
  expect(await isPaused()).toBe(true);
  expect(await call()).toEqual({ outcome: "failed", reason: "paused", kept: false, waitMs: openMs });
  expect(state.calls).toBe(failures);
});

test.each<[string, Answer]>([
  ["did it", done],
  ["refused", { outcome: "refused", reason: "payment/refused", intent: null }],
  ["is busy", { outcome: "failed", reason: "busy", kept: false }],
  ["does not know our key", { outcome: "failed", reason: "credentials", kept: false }],
])("a provider that %s is there", async (_, answer) => {
  const { state, call } = setUp();
  for (let count = 0; count < 10; count += 1) {
    state.answer = count % failures === 0 ? answer : unreachable;
    expect(await call()).toEqual(state.answer);
  }
  expect(state.calls).toBe(10);
});

test("then one call is made to see: while it finds nobody either, all go on waiting", async () => {
  const { state, call, open } = setUp();
  await open();
  vi.advanceTimersByTime(openMs);
  const [probe, ...others] = await Promise.all([call(), call(), call()]);
  expect(probe).toEqual({ ...unreachable, waitMs: openMs });
  expect(others.map((answer) => (answer as Failed).reason)).toEqual(["paused", "paused"]);
  expect(state.calls).toBe(failures + 1);
});

test("once that call is answered everything goes on", async () => {
  const { state, call, open, isPaused } = setUp();
  await open();
  vi.advanceTimersByTime(openMs);
  state.answer = done;
  expect(await Promise.all([call(), call(), call()])).toEqual([done, done, done]);
  expect(await isPaused()).toBe(false);
});

test("what is asked about disputes and of the books waits behind the same one, and lists do not", async () => {
  const { open, breaker } = setUp();
  let asked = 0;
  const ask = async <A>(answer: A) => {
    asked += 1;
    return Promise.resolve(answer);
  };
  const nothing = { disputes: [], next: null };
  const disputes = disputesBehindBreaker(
    {
      name: "far",
      lookAtDispute: () => ask(unreachable as Failed),
      listDisputes: () => ask(nothing),
      disputesOf: () => ask([]),
    },
    breaker,
  );
  const pageOf = () => ask({ items: [], next: null });
  const books = booksBehindBreaker(
    {
      name: "far",
      listIntents: pageOf,
      listRefunded: pageOf,
      listTransfers: pageOf,
      listDisputes: pageOf,
      intent: () => ask(null),
      transfer: () => ask(null),
      giveBack: () => ask({ outcome: "done" } as const),
    },
    breaker,
  );
  await open();
  const paused = { outcome: "failed", reason: "paused" };
  expect(await disputes.lookAtDispute("du_1")).toMatchObject(paused);
  expect(await books.giveBack({ key: "k", purpose: "void", intentId: "pi_1" })).toMatchObject(paused);
  expect(asked).toBe(0);
  const since = Temporal.Instant.from("2026-12-01T00:00:00Z");
  expect(await disputes.listDisputes({ since, after: null })).toEqual(nothing);
  expect(asked).toBe(1);
});
