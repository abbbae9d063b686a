/** Rate limits counted in Redis for all replicas, and in this process while Redis is down. */
import assert from "node:assert";
import { LRUCache } from "lru-cache";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { Logger } from "./log.ts";
import type { RedisClient } from "./redis.ts";

/** So much in each window of so many seconds. */
export interface RateRule {
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What the RateLimit headers tell. */
export interface RateDecision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

export interface RateLimiter<Rule extends string> {
  /** Counts `cost` (1 where not said) against `key`, such as an address or a user; never rejects. */
  consume(rule: Rule, key: string, cost?: number): Promise<RateDecision>;
}

/** Keys counted locally at most; the least used are forgotten first. */
const mostLocalKeys = 50_000;

type Count = (key: string, cost: number) => RateDecision;

/** Fixed windows in this process. */
function countLocally({ limit, windowSeconds }: RateRule): Count {
  const windows = new LRUCache<string, { used: number; endsAtMs: number }>({ max: mostLocalKeys });
  return (key, cost) => {
    const now = performance.now();
    let window = windows.get(key);
    if (window === undefined || window.endsAtMs <= now) {
      window = { used: 0, endsAtMs: now + windowSeconds * 1_000 };
      windows.set(key, window);
    }
    window.used += cost;
    return {
      allowed: window.used <= limit,
      limit,
      remaining: Math.max(0, limit - window.used),
      resetSeconds: Math.ceil((window.endsAtMs - now) / 1_000),
    };
  };
}

export function createRateLimiter<Rule extends string>(options: {
  readonly redis: RedisClient;
  readonly log: Logger;
  readonly rules: Readonly<Record<Rule, RateRule>>;
}): RateLimiter<Rule> {
  const { redis, log } = options;
  const limiters = new Map<string, { rule: RateRule; shared: RateLimiterRedis; local: Count }>();
  for (const [name, rule] of Object.entries<RateRule>(options.rules)) {
    assert(
      Number.isInteger(rule.limit) && rule.limit > 0 && Number.isInteger(rule.windowSeconds),
      `rate rule ${name}`,
    );
    const shared = new RateLimiterRedis({
      storeClient: redis.commands,
      keyPrefix: `limit:${name}`,
      points: rule.limit,
      duration: rule.windowSeconds,
      rejectIfRedisNotReady: true,
      // A key over its limit is refused here until its window ends, without asking Redis again.
      inMemoryBlockOnConsumed: rule.limit,
    });
    limiters.set(name, { rule, shared, local: countLocally(rule) });
  }

  const decide = ({ limit }: RateRule, result: RateLimiterRes, allowed: boolean): RateDecision => ({
    allowed,
    limit,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(0, Math.ceil(result.msBeforeNext / 1_000)),
  });
  return {
    consume: async (name, key, cost = 1) => {
      const limiter = limiters.get(name);
      assert(limiter !== undefined, `there is no rate rule ${name}`);
      try {
        return decide(limiter.rule, await limiter.shared.consume(key, cost), true);
      } catch (error) {
        if (error instanceof RateLimiterRes) return decide(limiter.rule, error, false);
        log.debug({ err: error, rule: name }, "the rate is counted locally");
        return limiter.local(key, cost);
      }
    },
  };
}
