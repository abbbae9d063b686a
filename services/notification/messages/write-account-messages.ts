/** Writes the messages about accounts that auth asks for. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { AccountMail, userMailRequested } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import type { NotificationTables } from "../database.ts";
import type { WriteMessagesDeps } from "./write-messages.ts";

/** One message a ticket, under whatever event id it comes again. What it says is not known here: auth is asked. */
export async function writeAccountMessages(
  { clock, wake }: WriteMessagesDeps,
  unit: UnitOfWork<NotificationTables>,
  received: readonly Received<EventData<typeof userMailRequested>>[],
): Promise<void> {
  const createdAt = clock.now().toString();
  await unit.tx
    .insertInto("messages")
    .values(
      received.map(({ data, traceparent }) => ({
        message_id: newId("msg"),
        user_id: data.userId ?? null,
        // A mail this version does not know is kept for the next one, which may be starting already.
        template: data.mail as AccountMail,
        booking_id: null,
        booking_version: null,
        ticket_id: data.ticketId,
        data: null,
        traceparent: traceparent ?? null,
        created_at: createdAt,
        sent_at: null,
        error: null,
      })),
    )
    .onConflict((conflict) => conflict.constraint("messages_written_once_a_ticket").doNothing())
    .execute();
  unit.afterCommit(wake);
}
