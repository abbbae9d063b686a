/** A short lease for work that one replica at a time should do; losing it costs effort, never correctness. */
import assert from "node:assert";
import type { RedisClient } from "./redis.ts";

const longestLeaseMs = 3_600_000;

/** Is it ours for `ttlMs`? Also true while Redis is down: then every replica works, and the database decides. */
export async function tryLease(redis: RedisClient, name: string, ttlMs: number): Promise<boolean> {
  assert(Number.isInteger(ttlMs) && ttlMs > 0 && ttlMs <= longestLeaseMs, `lease of ${ttlMs} ms`);
  return redis.ifUp(
    async (commands) => (await commands.set(`lease:${name}`, "1", "PX", ttlMs, "NX")) === "OK",
    true,
  );
}
