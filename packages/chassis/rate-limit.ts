/** Rate limits counted in Redis for all replicas, and in this process while Redis is down. */
import assert from "node:assert";
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { gcra, paceOf, toDecision, type RateDecision, type RatePace, type RateRule } from "./gcra.ts";
import type { Logger } from "./log.ts";
import type { Redis, RedisClient } from "./redis.ts";

export type { RateDecision, RateRule };

export interface RateLimiter<Rule extends string> {
  /** Counts `cost` (1 where not said) against `key`, such as an address or a user; never rejects. */
  consume(rule: Rule, key: string, cost?: number): Promise<RateDecision>;
  /** What `consume` would answer now, where only some outcomes count and are not known yet; never rejects. */
  peek(rule: Rule, key: string, cost?: number): Promise<RateDecision>;
}

/** Keys counted locally, and keys remembered as refused, at most a rule; the least used are forgotten first. */
const mostLocalKeys = 50_000;

/** How long Redis is not asked after it failed: one that hangs would cost every call its time-out. */
const avoidMs = 1_000;

/**
 * `gcra` of gcra.ts by Redis' own clock, which all replicas share. The key is gone when its budget is whole.
 * Answers whether it is allowed, and in µs how much is used and how long to wait; `peek` counts nothing. `%.0f`, as Lua's
 * own numbers would lose their last digits as text.
 */
export const gcraScript = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local next = whole + ARGV[1] * ARGV[3]
local wait = next - ARGV[2] - now
if wait > 0 then return {0, whole - now, wait} end
if ARGV[4] == 'peek' then return {1, next - now, 0} end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return {1, next - now, 0}`;

const scriptHash = createHash("sha1").update(gcraScript).digest("hex");

interface Asked {
  readonly cost: number;
  readonly mode: "consume" | "peek";
}

/** Runs the script by its hash; a Redis that does not know it yet is given the text. */
async function reckonInRedis(
  redis: Redis,
  key: string,
  pace: RatePace,
  { cost, mode }: Asked,
): Promise<number[]> {
  const given = [key, pace.costMicros, pace.toleranceMicros, cost, mode] as const;
  try {
    return (await redis.evalsha(scriptHash, 1, ...given)) as number[];
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return (await redis.eval(gcraScript, 1, ...given)) as number[];
  }
}

interface Refused {
  readonly cost: number;
  readonly untilMs: number;
  readonly wholeMs: number;
}

/** One rule, with what this process remembers of its keys. */
interface Counter {
  readonly pace: RatePace;
  readonly local: LRUCache<string, number>;
  /** Budgets only shrink until then, so that a flood need not ask Redis again. */
  readonly refused: LRUCache<string, Refused>;
}

function countLocally({ pace, local }: Counter, key: string, { cost, mode }: Asked): RateDecision {
  const reckoned = gcra(local.get(key), pace, Math.round(performance.now() * 1_000), cost);
  if (mode === "consume") local.set(key, reckoned.state);
  return toDecision(pace, reckoned);
}

function refusedBefore({ pace, refused }: Counter, key: string, cost: number): RateDecision | undefined {
  const known = refused.get(key);
  if (known === undefined || cost < known.cost) return undefined;
  const now = performance.now();
  if (now >= known.untilMs) {
    refused.delete(key);
    return undefined;
  }
  return toDecision(pace, {
    allowed: false,
    usedMicros: (known.wholeMs - now) * 1_000,
    waitMicros: (known.untilMs - now) * 1_000 + (cost - known.cost) * pace.costMicros,
  });
}

async function countInRedis(
  redis: Redis,
  name: string,
  counter: Counter,
  key: string,
  asked: Asked,
): Promise<RateDecision> {
  const { pace, refused } = counter;
  const [allowed, usedMicros = 0, waitMicros = 0] = await reckonInRedis(
    redis,
    `limit:${name}:${key}`,
    pace,
    asked,
  );
  if (allowed !== 1) {
    const now = performance.now();
    refused.set(key, {
      cost: asked.cost,
      untilMs: now + waitMicros / 1_000,
      wholeMs: now + usedMicros / 1_000,
    });
  }
  return toDecision(pace, { allowed: allowed === 1, usedMicros, waitMicros });
}

/** Limits by these rules. The same rule under the same name counts together in all replicas. */
export function createRateLimiter<Rule extends string>(options: {
  readonly redis: RedisClient;
  readonly log: Logger;
  readonly rules: Readonly<Record<Rule, RateRule>>;
}): RateLimiter<Rule> {
  const { redis, log } = options;
  const counters = new Map(
    Object.entries<RateRule>(options.rules).map(([name, rule]): [string, Counter] => [
      name,
      {
        pace: paceOf(rule),
        local: new LRUCache({ max: mostLocalKeys }),
        refused: new LRUCache({ max: mostLocalKeys }),
      },
    ]),
  );
  let avoidUntilMs = 0;
  const ask = async (name: Rule, key: string, asked: Asked): Promise<RateDecision> => {
    const counter = counters.get(name);
    assert(counter !== undefined, `there is no rate rule ${name}`);
    assert(Number.isInteger(asked.cost) && asked.cost > 0, "a cost is a whole number");
    const earlier = refusedBefore(counter, key, asked.cost);
    if (earlier !== undefined) return earlier;
    if (!redis.up || performance.now() < avoidUntilMs) return countLocally(counter, key, asked);
    try {
      return await countInRedis(redis.commands, name, counter, key, asked);
    } catch (error) {
      avoidUntilMs = performance.now() + avoidMs;
      log.debug({ err: error, rule: name }, "the rate is counted locally");
      return countLocally(counter, key, asked);
    }
  };
  return {
    consume: async (name, key, cost = 1) => ask(name, key, { cost, mode: "consume" }),
    peek: async (name, key, cost = 1) => ask(name, key, { cost, mode: "peek" }),
  };
}
