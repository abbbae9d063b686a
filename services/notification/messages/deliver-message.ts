/** One attempt to send one message. */
import type { Logger } from "@holdfast/chassis/log";
import { composeMail, type Letterhead } from "../mail/compose-mail.ts";
import type { MailSender } from "../mail/mail-sender.ts";
import type { ClaimedMessage } from "./claim-messages.ts";
import type { Attempt } from "./decide-outcome.ts";
import type { Addressee } from "./find-addressees.ts";

export interface DeliverDeps {
  readonly sender: MailSender;
  readonly letterhead: Letterhead;
  readonly log: Logger;
}

/** Composes the mail and hands it over. Never rejects, and logs nothing of the person. */
export async function deliverMessage(
  { sender, letterhead, log }: DeliverDeps,
  message: ClaimedMessage,
  addressee: Addressee | undefined,
): Promise<Attempt> {
  if (!addressee) return { outcome: message.ticket_id === null ? "no-contact" : "outdated" };
  const about = { messageId: message.message_id, template: message.template, attempt: message.attempts };
  let mail;
  try {
    mail = await composeMail(message, addressee, letterhead);
  } catch (error) {
    log.error({ ...about, err: error }, "a mail could not be composed");
    return { outcome: "failed", code: "not-composed" };
  }
  const handover = await sender.send(mail);
  if (handover.outcome === "accepted") log.debug(about, "a mail was sent");
  else log.warn({ ...about, outcome: handover.outcome, code: handover.code }, "a mail was not sent");
  return handover;
}
