/** Forgets what has served its time: inbox rows, stored answers, replayed dead letters. */
import { type Kysely, sql } from "kysely";
import { type ConsumerDefinition, consumerName } from "./consumer.ts";
import type { ChassisTables } from "./database.ts";
import { sweepAnswers } from "./idempotency.ts";
import { sweepInbox } from "./inbox.ts";
import { tryLease } from "./lease.ts";
import type { Logger } from "./log.ts";
import type { RedisClient } from "./redis.ts";
import { every, type Sweep } from "./sweep.ts";

export interface HousekeepingOptions<DB extends ChassisTables> {
  readonly name: string;
  readonly db: Kysely<DB>;
  readonly redis: RedisClient;
  readonly log: Logger;
  readonly consumers: () => readonly ConsumerDefinition<DB>[];
}

const intervalMs = 60_000;
const dayMs = 86_400_000;
/** A republished event can be 7 days old and stay 7 more in its stream; the inbox must know it for longer. */
const inboxAgeMs = 15 * dayMs;
const replayedAgeDays = 30;
/** What one statement deletes at most; as many say that there is more. */
const fullSweepRows = 5_000;

/** Starts the sweep; one replica at a time does it. A run deletes a bounded number of rows, and is repeated while it finds as many. */
export function startHousekeeping<DB extends ChassisTables>(options: HousekeepingOptions<DB>): Sweep {
  const { name, db, redis, log } = options;
  return every({
    name: "housekeeping",
    intervalMs,
    log,
    lease: () => tryLease(redis, `${name}:housekeeping`, intervalMs / 2),
    work: async () => {
      const consumers = options.consumers().map((definition) => consumerName(name, definition));
      const swept = [
        await sweepInbox(db, consumers, inboxAgeMs),
        await sweepAnswers(db),
        await sweepReplayedLetters(db),
      ];
      return swept.some((rows) => rows >= fullSweepRows);
    },
  });
}

async function sweepReplayedLetters<DB extends ChassisTables>(db: Kysely<DB>): Promise<number> {
  const { numAffectedRows } = await sql`delete from dead_letters where id in (
    select id from dead_letters where replayed_at < now() - make_interval(days => ${replayedAgeDays})
    order by id limit ${fullSweepRows})`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
