/** Queries over the outbox: what is not published yet, what must be published again, what is old enough to go. */
import { CompiledQuery, type Kysely, sql } from "kysely";
import type { ChassisTables } from "./database.ts";
import { idBefore } from "./id-age.ts";
import type { OutboxRow } from "./outbox.ts";

/**
 * Unpublished rows in the order of their ids, from the partial index alone. `graceMs` leaves out the youngest: they are
 * on their way already. `after` is the last id of the page before.
 */
export async function unpublishedRows<DB extends ChassisTables>(
  db: Kysely<DB>,
  page: { readonly after: string; readonly graceMs: number; readonly limit: number },
): Promise<OutboxRow[]> {
  const result = await db.executeQuery<OutboxRow>(
    CompiledQuery.raw(
      `select id, subject, envelope::text as envelope from outbox
        where published_at is null and id > $1 and created_at <= now() - $2::int * interval '1 millisecond'
        order by id limit $3`,
      [page.after, page.graceMs, page.limit],
    ),
  );
  return result.rows;
}

/** What JetStream has acknowledged since the last time this was written down. */
export interface Acknowledged {
  readonly stream: string;
  readonly epoch: number;
  readonly ids: readonly string[];
  /** The highest of their sequences. */
  readonly lastSeq: number;
}

/**
 * Writes down that the rows are published, and in the same statement how far the stream had come: a stream that loses
 * any row marked here is then behind what is remembered, which the stream guard sees.
 */
export async function markPublished<DB extends ChassisTables>(
  db: Kysely<DB>,
  acked: Acknowledged,
): Promise<void> {
  await db.executeQuery(
    CompiledQuery.raw(
      `with seen as (
        update stream_epochs set last_seq = $3 where stream = $1 and epoch = $2 and last_seq < $3)
      update outbox set published_at = now() where id = any($4) and published_at is null`,
      [acked.stream, acked.epoch, acked.lastSeq, acked.ids],
    ),
  );
}

/** Rows of the ledger after an id, published or not. */
export async function ledgerRows<DB extends ChassisTables>(
  db: Kysely<DB>,
  page: { readonly after: string; readonly limit: number },
): Promise<OutboxRow[]> {
  const found = await sql<OutboxRow>`select id, subject, envelope::text as envelope from outbox
    where id > ${page.after} order by id limit ${page.limit}`.execute(db);
  return found.rows;
}

/** How far the republishing of the ledger has come; null when there is none to do. */
export async function republishCursor<DB extends ChassisTables>(
  db: Kysely<DB>,
  stream: string,
): Promise<{ readonly epoch: number; readonly after: string } | null> {
  const found = await sql<{ epoch: number; after: string | null }>`select epoch, republish_after as after
    from stream_epochs where stream = ${stream}`.execute(db);
  const row = found.rows[0];
  return row && row.after !== null ? { epoch: row.epoch, after: row.after } : null;
}

/** Moves the cursor of that epoch on; null ends the republishing. */
export async function moveRepublishCursor<DB extends ChassisTables>(
  db: Kysely<DB>,
  stream: string,
  epoch: number,
  after: string | null,
): Promise<void> {
  await sql`update stream_epochs set republish_after = ${after}
    where stream = ${stream} and epoch = ${epoch}`.execute(db);
}

/** Deletes a bounded number of published rows older than so many ms; says how many went. */
export async function sweepLedger<DB extends ChassisTables>(
  db: Kysely<DB>,
  olderThanMs: number,
  limit: number,
): Promise<number> {
  const swept = await sql`delete from outbox where id in (
    select id from outbox where id < ${idBefore("evt", olderThanMs)} and published_at is not null
    order by id limit ${limit})`.execute(db);
  return Number(swept.numAffectedRows ?? 0n);
}
