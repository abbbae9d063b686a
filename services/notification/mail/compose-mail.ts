/** Makes the mail of a message, ready to be handed to a mail server. */
import assert from "node:assert";
import type { Selectable } from "kysely";
import type { MessagesTable } from "../database.ts";
import type { Addressee } from "../messages/find-addressees.ts";
import { accountContent } from "./account-templates.ts";
import { calendarFile } from "./calendar-file.ts";
import { layOutHtml, layOutText, subjectOf } from "./lay-out-mail.ts";
import { domainOf, type Sender } from "./sender-address.ts";
import { contentOf, type MailContent, type Template } from "./templates.ts";

/** Who writes, and where guests look after their bookings. */
export interface Letterhead {
  readonly sender: Sender;
  readonly publicUrl: string | undefined;
}

/** A mail as it is sent. */
export interface Mail {
  /** The same each time the message is sent; see docs/decisions/0004-mail-once.md. */
  readonly messageId: string;
  readonly from: Sender;
  readonly to: { readonly name: string; readonly address: string };
  /** When the message was written: an RFC 3339 instant. */
  readonly date: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly {
    readonly filename: string;
    readonly content: string;
    readonly contentType: string;
  }[];
}

/** The columns a mail is made of. */
export type MessageToSend = Pick<
  Selectable<MessagesTable>,
  "message_id" | "template" | "data" | "booking_version" | "created_at"
>;

/** The mail of that message to that person. Composed twice, it is the same to the letter. */
export async function composeMail(
  message: MessageToSend,
  contact: Addressee,
  { sender, publicUrl }: Letterhead,
): Promise<Mail> {
  const content = contentOfMessage(message, contact, publicUrl);
  const addressed = { content, name: contact.name, publicUrl };
  const file =
    content.calendar &&
    message.data &&
    calendarFile(message.data, {
      kind: content.calendar,
      sequence: message.booking_version ?? 0,
      stamp: message.created_at,
      sender,
      publicUrl,
    });
  return {
    messageId: `<${message.message_id}@${domainOf(sender.address)}>`,
    from: sender,
    to: { name: contact.name, address: contact.email },
    date: message.created_at,
    subject: subjectOf(content),
    text: layOutText(addressed),
    html: await layOutHtml(addressed),
    attachments: file
      ? [
          {
            filename: "booking.ics",
            content: file.text,
            contentType: `text/calendar; charset=utf-8; method=${file.method}`,
          },
        ]
      : [],
  };
}

function contentOfMessage(
  { template, data }: MessageToSend,
  { ticket }: Addressee,
  publicUrl: string | undefined,
): MailContent {
  if (ticket !== undefined) return accountContent(ticket, publicUrl);
  assert(data, "a message about a booking has its facts");
  return contentOf(template as Template, data);
}
