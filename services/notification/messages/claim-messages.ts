/**
 * Takes messages that are due out of the reach of other replicas for a while. A claim is `next_attempt_at` pushed ahead
 * and one attempt counted; it is short and renewed for as long as its holder lives, so that whoever dies with claimed
 * messages gives them back within seconds, however long a mail server may take over one.
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
  | "ticket_id"
  | "data"
  | "traceparent"
  | "created_at"
> {
  /** This one included; it tells this claim from a later one. */
  readonly attempts: number;
  /** How long it had been due, in ms. */
  readonly late_ms: number;
}

/** What is claimed, and how much. */
export interface ClaimRequest {
  readonly limit: number;
  readonly claimMs: number;
  /** Messages in hand here, which are not claimed again even where their claims could not be renewed in time. */
  readonly inHand: readonly string[];
}

/**
 * Claims at most `limit` messages for `claimMs`, the longest due first. A booking's messages are claimed in the order of
 * its versions: a later one waits while an earlier one does. The scan walks `messages_due`; the look at earlier ones is
 * by `messages_written_once`, whose first column is the booking (and not by "status = 'waiting'", which would invite a kept
 * plan to walk all that waits for each of them: 115 ms for 40 of 6,000, in place of 1).
 */
export async function claimMessages(
  db: Kysely<NotificationTables>,
  { limit, claimMs, inHand }: ClaimRequest,
): Promise<ClaimedMessage[]> {
  const { rows } = await sql<ClaimedMessage>`
    with due as (
      select message_id, next_attempt_at from messages candidate
      where status = 'waiting' and next_attempt_at <= now() and message_id <> all(${inHand}::text[])
        and not exists (
          select from messages earlier
          where earlier.booking_id = candidate.booking_id and earlier.status not in ('sent', 'failed')
            and earlier.booking_version < candidate.booking_version
        )
      order by next_attempt_at
      limit ${limit}
      for update skip locked
    )
    update messages m
      set next_attempt_at = now() + ${claimMs}::float8 * interval '1 ms', attempts = m.attempts + 1
      from due where m.message_id = due.message_id
      returning m.message_id, m.user_id, m.template, m.booking_id, m.booking_version, m.ticket_id, m.data, m.traceparent,
        m.created_at, m.attempts,
        (extract(epoch from now() - due.next_attempt_at) * 1000)::float8 as late_ms`.execute(db);
  return rows;
}

/**
 * Renews claims and says which of them still stand. One that another replica has taken since is not among them; one whose
 * outcome is being recorded at this moment need not be. Not "status = 'waiting'": a plan kept from quieter times would walk
 * `messages_due`, all that waits, to find these.
 */
export async function renewClaims(
  db: Kysely<NotificationTables>,
  claims: readonly Pick<ClaimedMessage, "message_id" | "attempts">[],
  claimMs: number,
): Promise<ReadonlySet<string>> {
  const ids = claims.map((claim) => claim.message_id);
  const attempts = claims.map((claim) => claim.attempts);
  const { rows } = await sql<{ message_id: string }>`
    with held as (
      select m.message_id from messages m,
          unnest(${ids}::text[], ${attempts}::integer[]) as claim(message_id, attempts)
        where m.message_id = claim.message_id and m.attempts = claim.attempts and m.status not in ('sent', 'failed')
        for update of m skip locked
    )
    update messages m set next_attempt_at = now() + ${claimMs}::float8 * interval '1 ms'
      from held where m.message_id = held.message_id
      returning m.message_id`.execute(db);
  return new Set(rows.map((row) => row.message_id));
}
