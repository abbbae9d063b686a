/** Table types of the notification schema. Instants are RFC 3339 strings in UTC. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { AccountMail } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import type { Generated } from "kysely";
import type { AnyTemplateData, Template } from "./mail/templates.ts";

export interface NotificationTables extends ChassisTables {
  messages: MessagesTable;
}

/**
 * A message to a person, and how far it has come. It holds no address and no name: auth is asked when it is sent. It tells
 * of a booking, whose facts it has, or of an account, by a ticket.
 */
export interface MessagesTable {
  message_id: Id<"msg">;
  /** Null where it is to somebody who has just registered and has no account yet. */
  user_id: Id<"usr"> | null;
  template: Template | AccountMail;
  booking_id: Id<"bkg"> | null;
  booking_version: number | null;
  ticket_id: Id<"tkt"> | null;
  /** Null where a ticket stands for it. */
  data: AnyTemplateData | null;
  traceparent: string | null;
  status: Generated<MessageStatus>;
  /** How often it was claimed for sending, but for the times when it could not even be tried. */
  attempts: Generated<number>;
  /** Machine time, the database's: not before this; pushed ahead by whoever claims it. */
  next_attempt_at: Generated<string>;
  /** Business time, as `sent_at`. */
  created_at: string;
  sent_at: string | null;
  /** Why it failed, or the last thing that went wrong: a code, and never what a mail server said, which quotes addresses. */
  error: string | null;
}

export type MessageStatus = "waiting" | "sent" | "failed";
