import { type Attachment, simpleParser } from "mailparser";
import { headerOf, type StoredMail } from "./mailbox.ts";

/** A message as its reader sees it. Sizes are bytes, after decoding. */
export type ReadableMail = {
  id: string;
  messageId: string | null;
  /** From the header as written, else the envelope's. */
  from: string;
  /** The mailbox this copy was delivered to. */
  to: string;
  subject: string;
  text: string;
  html: string | null;
  attachments: { contentType: string; filename: string | null; size: number }[];
  receivedAt: string;
};

/** Parses a stored message; done when it is read, so that receiving stays cheap. */
export async function readMail(mail: StoredMail): Promise<ReadableMail> {
  const parsed = await simpleParser(mail.raw);
  return {
    id: String(mail.sequence),
    messageId: mail.messageId ?? null,
    from: parsed.from?.text ?? mail.from,
    to: mail.to,
    subject: parsed.subject ?? "",
    text: parsed.text ?? "",
    html: parsed.html || null,
    attachments: parsed.attachments.map(({ contentType, filename, size }) => ({
      contentType,
      filename: filename ?? null,
      size,
    })),
    receivedAt: mail.receivedAt.toString(),
  };
}

/** The decoded subject alone; parses nothing where the header is plain, so that a scan of the whole inbox is quick. */
export async function readSubject(mail: StoredMail): Promise<string> {
  const header = headerOf(mail.raw);
  const subject = /^subject:[ \t]*((?:.|\r?\n[ \t])*)/im.exec(header)?.[1] ?? "";
  if (/^[\x20-\x7e]*$/.test(subject) && !subject.includes("=?")) return subject;
  return (await simpleParser(Buffer.from(`${header}\r\n`, "latin1"))).subject ?? "";
}

/** The message's attachment at `index` (from 0), in the order of the listing. */
export async function readAttachment(mail: StoredMail, index: number): Promise<Attachment | undefined> {
  return (await simpleParser(mail.raw)).attachments[index];
}
