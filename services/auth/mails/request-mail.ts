/** A mail about an account: its ticket, and the word to whoever sends it, in one transaction. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type AccountMail, userMailRequested } from "@holdfast/contracts/events/auth";
import { type Id, newId } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { AuthTables } from "../database.ts";

export interface MailRequest {
  readonly mail: AccountMail;
  /** Whom it is to; erasing the account takes the ticket along. */
  readonly userId?: Id<"usr"> | undefined;
  /** To somebody who has no account yet. */
  readonly registrationId?: string | undefined;
  /** Where it goes, where that is not the account's or the registration's address. */
  readonly email?: string | undefined;
  /** What a notice tells: a device, a place, a key's name. */
  readonly facts?: Readonly<Record<string, string>> | undefined;
  /** Machine time. A mail with a link has an end; a notice has none. */
  readonly expiresAt?: Temporal.Instant | undefined;
  /** Business time, for the event. */
  readonly now: Temporal.Instant;
  readonly traceparent?: string | undefined;
}

/** Writes the ticket and asks for the mail; nothing is sent if the transaction rolls back. */
export async function requestMail(unit: UnitOfWork<AuthTables>, request: MailRequest): Promise<Id<"tkt">> {
  const ticketId = newId("tkt");
  await unit.tx
    .insertInto("mail_tickets")
    .values({
      id: ticketId,
      mail: request.mail,
      user_id: request.userId ?? null,
      registration_id: request.registrationId ?? null,
      email: request.email ?? null,
      facts: { ...request.facts },
      created_at: sql`now()`,
      expires_at: request.expiresAt?.toString() ?? null,
      used_at: null,
    })
    .execute();
  unit.announce(userMailRequested, {
    subject: ticketId,
    version: 1,
    data: { ticketId, mail: request.mail, ...(request.userId !== undefined && { userId: request.userId }) },
    traceparent: request.traceparent,
    time: request.now,
  });
  return ticketId;
}
