/** The inbox: which events a consumer has taken into account. Its rows commit with the effect, so an effect happens once. */
import { CompiledQuery, type Kysely, type Transaction } from "kysely";
import type { ChassisTables } from "./database.ts";
import { idBefore } from "./id-age.ts";

/**
 * Claims the events for this consumer and says which of them are new. The rest were claimed before and have had their
 * effect. Sorted, so that two replicas that were given the same events do not deadlock.
 */
export async function claimEvents<DB extends ChassisTables>(
  tx: Transaction<DB>,
  consumer: string,
  eventIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const result = await tx.executeQuery<{ event_id: string }>(
    CompiledQuery.raw(
      "insert into inbox (consumer, event_id) select $1, unnest($2::text[]) on conflict do nothing returning event_id",
      [consumer, eventIds.toSorted()],
    ),
  );
  return new Set(result.rows.map((row) => row.event_id));
}

const sweepRowsMax = 5_000;

/**
 * Deletes a bounded number of rows of events older than so many ms, and says how many went. Event ids sort by time and
 * lead the primary key, so this needs no index on the age.
 */
export async function sweepInbox<DB extends ChassisTables>(
  db: Kysely<DB>,
  consumers: readonly string[],
  olderThanMs: number,
): Promise<number> {
  let swept = 0;
  for (const consumer of consumers) {
    const result = await db.executeQuery(
      CompiledQuery.raw(
        `delete from inbox where consumer = $1 and event_id in
          (select event_id from inbox where consumer = $1 and event_id < $2 order by event_id limit $3)`,
        [consumer, idBefore("evt", olderThanMs), sweepRowsMax],
      ),
    );
    swept += Number(result.numAffectedRows ?? 0n);
  }
  return swept;
}
