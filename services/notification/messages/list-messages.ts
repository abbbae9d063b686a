/** What was written to a person. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { MessageView } from "@holdfast/contracts/api/notification";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { NotificationTables } from "../database.ts";

export interface MessagesAsked {
  readonly limit: number;
  /** Cursor of the page before. */
  readonly after?: string | undefined;
}

/** A page of the caller's own messages, newest first. @throws requestInvalid where the cursor is not one of ours */
export async function listMessages(
  { db }: { readonly db: Kysely<NotificationTables> },
  { limit, after }: MessagesAsked,
  userId: string,
): Promise<{ items: MessageView[]; next: string | null }> {
  let query = db
    .selectFrom("messages")
    .select(["message_id", "template", "booking_id", "status", "created_at", "sent_at"])
    .where("user_id", "=", userId as Id<"usr">)
    .orderBy("message_id", "desc")
    // One more than asked for says whether there is a next page.
    .limit(limit + 1);
  if (after !== undefined) query = query.where("message_id", "<", readCursor("msg", after));
  const rows = await query.execute();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map((row) => ({
      messageId: row.message_id,
      template: row.template,
      bookingId: row.booking_id,
      status: row.status,
      createdAt: row.created_at,
      sentAt: row.sent_at,
    })),
    next: rows.length > limit && last ? cursorOf(last.message_id) : null,
  };
}
