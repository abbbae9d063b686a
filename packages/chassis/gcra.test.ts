import fc from "fast-check";
import { expect, test } from "vitest";
import { gcra, paceOf, toDecision, type RateRule } from "./gcra.ts";

const second = 1_000_000;

/** Decides on calls one after the other, as a limiter does. */
function limit(rule: RateRule) {
  const pace = paceOf(rule);
  let state: number | undefined;
  return (nowMicros: number, cost = 1) => {
    const reckoned = gcra(state, pace, nowMicros, cost);
    state = reckoned.state;
    return toDecision(pace, reckoned);
  };
}

test("takes a burst at once, then one call each time one is refilled", () => {
  const call = limit({ limit: 60, windowSeconds: 60, burst: 3 });
  expect([call(0), call(0), call(0)].map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
    [true, 2],
    [true, 1],
    [true, 0],
  ]);
  expect(call(0)).toEqual({
    allowed: false,
    limit: 3,
    remaining: 0,
    resetSeconds: 3,
    retryAfterSeconds: 1,
  });
  expect(call(second - 1).allowed).toBe(false);
  expect(call(second).allowed).toBe(true);
  expect(call(second).allowed).toBe(false);
});

test("a refused call costs nothing, and a pause makes the budget whole, never more", () => {
  const call = limit({ limit: 10, windowSeconds: 10 });
  for (let count = 0; count < 10; count += 1) expect(call(0).allowed).toBe(true);
  for (let count = 0; count < 100; count += 1) expect(call(1).allowed).toBe(false);
  expect(call(second).allowed).toBe(true);
  expect(call(1_000 * second)).toMatchObject({ allowed: true, remaining: 9, resetSeconds: 1 });
});

test("what a call costs is counted at once; one that costs more than a burst is never taken", () => {
  const call = limit({ limit: 10, windowSeconds: 10 });
  expect(call(0, 4)).toMatchObject({ allowed: true, remaining: 6 });
  expect(call(0, 7)).toMatchObject({ allowed: false, remaining: 6, retryAfterSeconds: 1 });
  expect(call(0, 6)).toMatchObject({ allowed: true, remaining: 0 });
  expect(call(1_000 * second, 11).allowed).toBe(false);
});

test.each([
  { limit: 0, windowSeconds: 1 },
  { limit: 1, windowSeconds: 0.5 },
  { limit: 1, windowSeconds: 1, burst: 0 },
])("a rule that is none is a programmer's error: %o", (rule) => {
  expect(() => paceOf(rule)).toThrow("a rate rule");
});

/** A bucket that is looked at microsecond by microsecond: refilled in equal parts, never above the burst. */
function naive(rule: RateRule) {
  const { burst, costMicros } = paceOf(rule);
  let tokens = burst * costMicros;
  let seenAt = 0;
  return (nowMicros: number, cost: number) => {
    tokens = Math.min(burst * costMicros, tokens + nowMicros - seenAt);
    seenAt = nowMicros;
    if (tokens < cost * costMicros) return { allowed: false, remaining: Math.floor(tokens / costMicros) };
    tokens -= cost * costMicros;
    return { allowed: true, remaining: Math.floor(tokens / costMicros) };
  };
}

const rules = fc.record({
  limit: fc.integer({ min: 1, max: 1_000 }),
  windowSeconds: fc.integer({ min: 1, max: 3_600 }),
  burst: fc.integer({ min: 1, max: 50 }),
});
const calls = fc.array(
  fc.record({ afterMicros: fc.integer({ min: 0, max: 5 * second }), cost: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 200 },
);

test("decides as a bucket does that is refilled evenly", () => {
  fc.assert(
    fc.property(rules, calls, (rule, made) => {
      const [call, model] = [limit(rule), naive(rule)];
      let now = 0;
      for (const { afterMicros, cost } of made) {
        now += afterMicros;
        const { allowed, remaining } = call(now, cost);
        expect({ allowed, remaining }).toEqual(model(now, cost));
      }
    }),
  );
});

test("takes no more in any stretch of time than the burst and what is refilled in it, and takes what it said it would", () => {
  fc.assert(
    fc.property(rules, calls, (rule, made) => {
      const { burst, costMicros } = paceOf(rule);
      const call = limit(rule);
      const taken: { at: number; cost: number }[] = [];
      let now = 0;
      for (const { afterMicros, cost } of made) {
        now += afterMicros;
        let decision = call(now, cost);
        if (!decision.allowed) {
          now += decision.retryAfterSeconds * second;
          decision = call(now, cost);
        }
        expect(decision.allowed).toBe(cost <= burst);
        if (decision.allowed) taken.push({ at: now, cost });
      }
      for (const [index, first] of taken.entries()) {
        let sum = 0;
        for (const { at, cost } of taken.slice(index)) {
          sum += cost;
          expect(sum * costMicros).toBeLessThanOrEqual(burst * costMicros + at - first.at);
        }
      }
    }),
  );
});
