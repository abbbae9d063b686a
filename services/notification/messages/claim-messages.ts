/**
 * Takes messages that are due out of the reach of other replicas for a while. A claim is `next_attempt_at` pushed ahead
 * and one attempt counted; whoever dies with claimed messages gives them back by the passing of that time.
 * All of it is the database's clock, so replicas need not agree on the time.
 */
import { type Kysely, type Selectable, sql } from "kysely";
import type { MessagesTable, NotificationTables } from "../database.ts";

export interface ClaimedMessage extends Pick<
  Selectable<MessagesTable>,
  | "message_id"
  | "user_id"
  | "template"
  | "booking_id"
  | "booking_version"
  | "data"
  | "traceparent"
  | "created_at"
> {
  /** This one included; it tells this claim from a later one. */
  readonly attempts: number;
  /** How long it had been due, in ms. */
  readonly late_ms: number;
}

/**
 * Claims at most `limit` messages for `claimMs`, the longest due first. A booking's messages are claimed in the order of
 * its versions: a later one waits while an earlier one does. The scan walks `messages_due`; the look at earlier ones is
 * by `messages_written_once`, whose first column is the booking.
 */
export async function claimMessages(
  db: Kysely<NotificationTables>,
  limit: number,
  claimMs: number,
): Promise<ClaimedMessage[]> {
  const { rows } = await sql<ClaimedMessage>`
    with due as (
      select message_id, next_attempt_at from messages candidate
      where status = 'waiting' and next_attempt_at <= now()
        and not exists (
          select from messages earlier
          where earlier.booking_id = candidate.booking_id and earlier.status = 'waiting'
            and earlier.booking_version < candidate.booking_version
        )
      order by next_attempt_at
      limit ${limit}
      for update skip locked
    )
    update messages m
      set next_attempt_at = now() + ${claimMs}::float8 * interval '1 ms', attempts = m.attempts + 1
      from due where m.message_id = due.message_id
      returning m.message_id, m.user_id, m.template, m.booking_id, m.booking_version, m.data, m.traceparent,
        m.created_at, m.attempts,
        (extract(epoch from now() - due.next_attempt_at) * 1000)::float8 as late_ms`.execute(db);
  return rows;
}
