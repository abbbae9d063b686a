/** What has been revoked, as a sorted set in Redis that every process reads: written by auth, from what it stores. */
import { z } from "zod";
import { randomHex } from "./random-hex.ts";
import type { RedisClient } from "./redis.ts";

/** A session, a user's tokens issued until then, or an API key that works no longer. */
export interface Revocation {
  readonly kind: "session" | "user" | "key";
  readonly id: string;
  /** Milliseconds since 1970, by the machine's time. */
  readonly at: number;
}

/** Twice as long as an access token lives, so clocks may differ by minutes; whoever forgets one then forgets nothing. */
export const revocationKeptMs = 600_000;

/** What is kept and read at most: the latest. */
export const mostRevocations = 20_000;

const listKey = "revocations";
/** In the same slot of a cluster as the list. */
const versionKey = `{${listKey}}:version`;

/** Entries written at once: a script's arguments are held on a stack. */
const chunk = 1_000;

/**
 * Writes entries and forgets old ones; the version is another one where something was added. In one script: whoever sees
 * the version sees the entries.
 */
const writeScript = `
redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[1])
local added = 0
for at = 4, #ARGV, 2 do
  added = added + redis.call('zadd', KEYS[1], ARGV[at], ARGV[at + 1])
end
redis.call('pexpire', KEYS[1], ARGV[3])
if added > 0 or redis.call('exists', KEYS[2]) == 0 then
  redis.call('set', KEYS[2], ARGV[2], 'px', ARGV[3])
end
return added`;

const entrySchema = z.object({
  kind: z.enum(["session", "user", "key"]),
  id: z.string().max(64),
  at: z.number(),
});

/** Writes entries that may be there already; does nothing where Redis is down. */
export async function writeRevocations(
  redis: Pick<RedisClient, "ifUp">,
  revocations: readonly Revocation[],
): Promise<void> {
  const forgotten = Date.now() - revocationKeptMs;
  for (let from = 0; from < revocations.length; from += chunk) {
    const entries = revocations
      .slice(from, from + chunk)
      .flatMap(({ kind, id, at }) => [at, JSON.stringify({ kind, id, at })]);
    const args = [forgotten, randomHex(16), revocationKeptMs, ...entries];
    await redis.ifUp((commands) => commands.eval(writeScript, 2, listKey, versionKey, ...args), undefined);
  }
}

/** What a process has read so far. */
export interface RevocationReader {
  /** What is revoked, oldest first, where that has changed since it was read last; none where Redis is down. */
  readChanged(): Promise<Revocation[]>;
}

export function createRevocationReader(redis: Pick<RedisClient, "ifUp">): RevocationReader {
  let seen: string | null = null;
  return {
    readChanged: async () => {
      const version = await redis.ifUp((commands) => commands.get(versionKey), seen);
      if (version === seen || version === null) {
        seen = version;
        return [];
      }
      const least = Date.now() - revocationKeptMs;
      const members = await redis.ifUp(
        (commands) => commands.zrevrangebyscore(listKey, "+inf", least, "LIMIT", 0, mostRevocations),
        null,
      );
      if (members === null) return [];
      seen = version;
      return members.toReversed().flatMap(parseEntry);
    },
  };
}

/** What does not read as an entry is no reason to do without the others. */
function parseEntry(member: string): Revocation[] {
  try {
    return [entrySchema.parse(JSON.parse(member))];
  } catch {
    return [];
  }
}
