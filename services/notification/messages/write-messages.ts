/** Writes the messages that events ask for. The booking saga's last step: nothing else happens on this path. */
import { insertManyDeferred } from "@holdfast/chassis/batch-sql";
import type { Clock } from "@holdfast/chassis/clock";
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { newId } from "@holdfast/contracts/ids";
import type { NotificationTables } from "../database.ts";
import type { AnyTemplateData, TemplateFor } from "../mail/templates.ts";

export interface WriteMessagesDeps {
  readonly clock: Clock;
  /** Called after each commit: there is something to send. */
  readonly wake: () => void;
}

/**
 * One message an event, in one statement. A step of a booking that has its message already, under whatever event id it
 * comes again, gets no second one.
 */
export async function writeMessages<D extends AnyTemplateData>(
  { clock, wake }: WriteMessagesDeps,
  unit: UnitOfWork<NotificationTables>,
  received: readonly Received<D>[],
  templateOf: (data: D) => TemplateFor<D>,
): Promise<void> {
  const createdAt = clock.now().toString();
  await insertManyDeferred(
    unit.tx,
    "messages",
    received.map(({ data, version, traceparent }) => ({
      message_id: newId("msg"),
      user_id: data.customerId,
      template: templateOf(data),
      booking_id: data.bookingId,
      booking_version: version,
      data,
      traceparent: traceparent ?? null,
      created_at: createdAt,
    })),
    { skipConflicts: true },
  );
  unit.afterCommit(wake);
}
