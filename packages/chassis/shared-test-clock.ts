/**
 * Keeps the test clocks of all processes together: how far they are ahead stands in Redis, which whoever starts takes up.
 * Without Redis a process starts at the machine's time, and catches up once Redis is there.
 */
import { createBackoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Logger } from "./log.ts";
import type { RedisClient } from "./redis.ts";
import { every } from "./sweep.ts";

/** Never expires: business time must not fall back while the databases hold what happened in it. */
const key = "test-clock:ahead-ms";

/** Processes are moved one after the other, so each gives its own reading and the furthest stands. */
const keepFurthest = `
  local stored, given = tonumber(redis.call('get', KEYS[1]) or '0'), tonumber(ARGV[1])
  if given > stored then redis.call('set', KEYS[1], ARGV[1]) end
  return tostring(math.max(stored, given))`;

/** How long a start waits for Redis. */
const startWaitMs = 2_000;
const intervalMs = 1_000;

export interface SharedTestClockOptions {
  readonly clock: Clock;
  readonly redis: RedisClient;
  readonly log: Logger;
}

/** Brings the clock to the others' time and keeps it there; resolves without that where Redis is away for two seconds. */
export async function shareTestClock({
  clock,
  redis,
  log,
}: SharedTestClockOptions): Promise<AsyncDisposable> {
  const exchange = async (): Promise<boolean> => {
    const furthest = await redis.ifUp((commands) => commands.eval(keepFurthest, 1, key, clock.aheadMs), null);
    if (furthest !== null) clock.catchUp(Number(furthest));
    return furthest !== null;
  };
  const waitUntil = performance.now() + startWaitMs;
  const backoff = createBackoff({ baseMs: 10, maxMs: 100 });
  while (!(await exchange())) {
    if (performance.now() > waitUntil) {
      log.warn("Redis is away: the test clock starts at the machine's time");
      break;
    }
    await backoff.pause();
  }
  const stopListening = clock.onMove(() => void exchange());
  const exchanging = every({
    name: "test clock",
    intervalMs,
    log,
    work: async () => void (await exchange()),
  });
  return {
    [Symbol.asyncDispose]: async () => {
      stopListening();
      await exchanging[Symbol.asyncDispose]();
    },
  };
}
