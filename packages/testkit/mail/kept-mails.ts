import { z } from "zod";
import type { KeptRecord, KeptTable } from "../state/journal.ts";
import type { Mailbox, StoredMail } from "./mailbox.ts";

const mailSchema = z.object({
  sequence: z.int().min(1),
  receivedAt: z.iso.datetime(),
  from: z.string(),
  to: z.string(),
  messageId: z.string().optional(),
  raw: z.base64(),
});

const countSchema = z.object({
  received: z.int().min(0),
  distinct: z.int().min(0),
  lastSequence: z.int().min(0),
});

function keptMail(mail: StoredMail): KeptRecord {
  const value = (): z.infer<typeof mailSchema> => ({
    ...mail,
    receivedAt: mail.receivedAt.toString(),
    raw: mail.raw.toString("base64"),
  });
  return { id: String(mail.sequence), version: mail, value };
}

function restoredMail(value: unknown): StoredMail {
  const { messageId, raw, receivedAt, ...mail } = mailSchema.parse(value);
  return {
    ...mail,
    messageId,
    raw: Buffer.from(raw, "base64"),
    receivedAt: Temporal.Instant.from(receivedAt),
  };
}

/** What outlives a restart of the inbox: the copies held, and the counts. */
export function keptTables(mailbox: Mailbox): KeptTable[] {
  return [
    {
      name: "mail",
      records: () => [...mailbox.newestFirst(true)].reverse().map(keptMail),
      restore: (value) => mailbox.restore(restoredMail(value)),
    },
    {
      name: "count",
      records: () => {
        const count = { ...mailbox.count(), lastSequence: mailbox.lastSequence() };
        return [{ id: "all", version: JSON.stringify(count), value: () => count }];
      },
      restore: (value) => {
        const { lastSequence, ...count } = countSchema.parse(value);
        mailbox.resume(count, lastSequence);
      },
    },
  ];
}
