import type { openMailTickets as endpoint } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { z } from "zod";
import type { AuthDependencies } from "../dependencies.ts";
import { hasLink, works } from "./mail-links.ts";

type OpenedTickets = z.output<NonNullable<typeof endpoint.answers.body>>["tickets"];

/**
 * What these mails say and where they go, by what is true now: tickets that were used, have run out or belong to
 * somebody who was erased are left out.
 */
export async function openMailTickets(
  { db, clock, mailTokens }: Pick<AuthDependencies, "db" | "clock" | "mailTokens">,
  ticketIds: readonly Id<"tkt">[],
): Promise<OpenedTickets> {
  const address = sql<string>`coalesce(ticket.email, users.email, registrations.email)`;
  const rows = await db
    .selectFrom("mail_tickets as ticket")
    .leftJoin("users", "users.id", "ticket.user_id")
    .leftJoin("registrations", "registrations.id", "ticket.registration_id")
    .select([
      "ticket.id",
      "ticket.mail",
      "ticket.facts",
      "ticket.expires_at",
      address.as("email"),
      sql<string>`coalesce(users.name, registrations.name, '')`.as("name"),
    ])
    .where(sql<boolean>`ticket.id = any(${ticketIds})`)
    .where((query) => query.or([query("ticket.expires_at", "is", null), works("ticket", clock.machineNow())]))
    .where(address, "is not", null)
    .execute();
  // An account that is gone leaves its address to its last mail alone: whoever asks has it now.
  await db
    .deleteFrom("mail_tickets")
    .where(sql<boolean>`id = any(${rows.map((row) => row.id)})`)
    .where("mail", "=", "account-closed")
    .execute();
  return rows.map((row) => ({
    ticketId: row.id,
    mail: row.mail,
    email: row.email,
    name: row.name,
    token: hasLink(row.mail) ? mailTokens.tokenOf(row.id) : null,
    expiresAt: row.expires_at,
    facts: row.facts,
  }));
}
