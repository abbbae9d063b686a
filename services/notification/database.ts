/** Table types of the notification schema. Instants are RFC 3339 strings in UTC. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { Id } from "@holdfast/contracts/ids";
import type { Generated } from "kysely";
import type { AnyTemplateData, Template } from "./mail/templates.ts";

export interface NotificationTables extends ChassisTables {
  messages: MessagesTable;
}

/** A message to a person, and how far it has come. It holds no address and no name: auth is asked when it is sent. */
export interface MessagesTable {
  message_id: Id<"msg">;
  user_id: Id<"usr">;
  template: Template;
  booking_id: Id<"bkg">;
  booking_version: number;
  data: AnyTemplateData;
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
