/** Writes the messages that events ask for. The booking saga's last step: nothing else happens on this path. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Received } from "@holdfast/chassis/consumer";
import { deferred } from "@holdfast/chassis/pipelined-pool";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { newId } from "@holdfast/contracts/ids";
import type { NotificationTables } from "../database.ts";
import type { AnyTemplateData, TemplateFor } from "../mail/templates.ts";

export interface WriteMessagesDeps {
  readonly clock: Clock;
  /** Called after each commit: there is something to send. */
  readonly wake: () => void;
}

const columns = "message_id, user_id, template, booking_id, booking_version, data, traceparent, created_at";

/** The look at later messages is by `messages_written_once`, whose first column is the booking: one descent a row. */
const insertText = `insert into messages (${columns})
  select ${columns} from json_populate_recordset(null::messages, $1) as told
    where not exists (select from messages later
      where later.booking_id = told.booking_id and later.booking_version > told.booking_version)
  on conflict do nothing`;

/**
 * One message an event, in one statement. A step of a booking that has its message already, under whatever event id it
 * comes again, gets no second one; and a step that comes after a later one has its message gets none, since a guest who
 * has read that a booking is cancelled must not read afterwards that it is confirmed.
 */
export async function writeMessages<D extends AnyTemplateData>(
  { clock, wake }: WriteMessagesDeps,
  unit: UnitOfWork<NotificationTables>,
  received: readonly Received<D>[],
  templateOf: (data: D) => TemplateFor<D>,
): Promise<void> {
  const createdAt = clock.now().toString();
  const rows = received.map(({ data, version, traceparent }) => ({
    message_id: newId("msg"),
    user_id: data.customerId,
    template: templateOf(data),
    booking_id: data.bookingId,
    booking_version: version,
    data,
    traceparent: traceparent ?? null,
    created_at: createdAt,
  }));
  await unit.tx.executeQuery(deferred(insertText, [JSON.stringify(rows)]));
  unit.afterCommit(wake);
}
