/** Records what became of claimed messages: many in one statement, with the events of those that were sent. */
import type { Outcome } from "@holdfast/chassis/batcher";
import type { Clock } from "@holdfast/chassis/clock";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { notificationSent } from "@holdfast/contracts/events/notification";
import { sql } from "kysely";
import type { MessageStatus, NotificationTables } from "../database.ts";
import type { ClaimedMessage } from "./claim-messages.ts";

/** What is to be written about a claimed message. */
export interface Recorded {
  readonly message: ClaimedMessage;
  readonly status: MessageStatus;
  /** Wait before the next attempt, in ms, where it goes on waiting. */
  readonly delayMs: number;
  /** False where it could not even be tried: then the attempt is not counted. */
  readonly counts: boolean;
  readonly error: string | null;
}

export interface RecordDeps {
  readonly transact: Transact<NotificationTables>;
  readonly clock: Clock;
}

const messageVersionWhenSent = 1;

/**
 * Writes them. A message that another replica has finished meanwhile stays as it is, and is announced by whoever finished
 * it; one that another replica has claimed meanwhile can be finished, but not be put off. The rows are found by their ids;
 * "status = 'waiting'" would invite a kept plan to walk `messages_due` instead.
 */
export async function recordOutcomes(
  { transact, clock }: RecordDeps,
  recorded: readonly Recorded[],
): Promise<Outcome<void>[]> {
  await transact(async (unit) => {
    const now = clock.now();
    const values = recorded.map(({ message, status, delayMs, counts, error }) => ({
      message_id: message.message_id,
      claimed: message.attempts,
      attempts: counts ? message.attempts : message.attempts - 1,
      status,
      delay_ms: Math.round(delayMs),
      sent_at: status === "sent" ? now.toString() : null,
      error,
    }));
    const { rows } = await sql<{ message_id: string; status: MessageStatus }>`
      update messages m
        set status = v.status, attempts = v.attempts, sent_at = v.sent_at, error = v.error,
          next_attempt_at = now() + v.delay_ms * interval '1 ms'
        from json_to_recordset(${JSON.stringify(values)}) as v(
          message_id text, claimed integer, attempts integer, status text, delay_ms integer, sent_at timestamptz, error text
        )
        where m.message_id = v.message_id and m.status not in ('sent', 'failed')
          and (m.attempts = v.claimed or v.status <> 'waiting')
        returning m.message_id, m.status`.execute(unit.tx);
    const finished = new Set(rows.filter(({ status }) => status === "sent").map((row) => row.message_id));
    for (const { message } of recorded) {
      // Who has no account yet is nobody an event could name.
      if (!finished.has(message.message_id) || message.user_id === null) continue;
      unit.announce(notificationSent, {
        subject: message.message_id,
        version: messageVersionWhenSent,
        data: {
          messageId: message.message_id,
          userId: message.user_id,
          template: message.template,
          bookingId: message.booking_id,
        },
        ...(message.traceparent === null ? undefined : { traceparent: message.traceparent }),
        time: now,
      });
    }
  });
  return recorded.map(() => ({ value: undefined }));
}
