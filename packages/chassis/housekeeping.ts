/** Forgets what has served its time: inbox rows, stored answers, replayed dead letters. */
import { type Kysely, sql } from "kysely";
import { type ConsumerDefinition, consumerName } from "./consumer.ts";
import type { ChassisTables } from "./database.ts";
import { sweepAnswers } from "./idempotency.ts";
import { sweepInbox } from "./inbox.ts";
import { tryLease } from "./lease.ts";
import type { Logger } from "./log.ts";
import type { RedisClient } from "./redis.ts";
import { every } from "./sweep.ts";

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
const lettersAtOnceMax = 1_000;

/** Starts the sweep; one replica at a time does it. Each run deletes a bounded number of rows. */
export function startHousekeeping<DB extends ChassisTables>(
  options: HousekeepingOptions<DB>,
): AsyncDisposable {
  const { name, db, redis, log } = options;
  return every({
    name: "housekeeping",
    intervalMs,
    log,
    lease: () => tryLease(redis, `${name}:housekeeping`, intervalMs / 2),
    work: async () => {
      const consumers = options.consumers().map((definition) => consumerName(name, definition));
      await sweepInbox(db, consumers, inboxAgeMs);
      await sweepAnswers(db);
      await sweepReplayedLetters(db);
    },
  });
}

async function sweepReplayedLetters<DB extends ChassisTables>(db: Kysely<DB>): Promise<void> {
  await sql`delete from dead_letters where id in (
    select id from dead_letters where replayed_at < now() - make_interval(days => ${replayedAgeDays})
    order by id limit ${lettersAtOnceMax})`.execute(db);
}
