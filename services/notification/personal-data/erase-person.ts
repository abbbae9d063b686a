/** What messages to a person said goes, and what was not sent yet is sent no more; that there was a message stays. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { userErased } from "@holdfast/contracts/events/auth";
import { sql } from "kysely";
import type { NotificationTables } from "../database.ts";

/** Erases these people; again, where it was done, changes nothing. */
export async function erasePeople(
  { tx }: UnitOfWork<NotificationTables>,
  received: readonly Received<EventData<typeof userErased>>[],
): Promise<void> {
  const userIds = received.map(({ data }) => data.userId);
  // The last mail, that the account is closed, is to nobody's id: it goes out.
  await sql`delete from messages where user_id = any(${userIds}) and status = 'waiting'`.execute(tx);
  await sql`update messages set data = '{}' where user_id = any(${userIds}) and data is not null`.execute(tx);
  await sql`delete from idempotency_keys where caller = any(${userIds})`.execute(tx);
}
