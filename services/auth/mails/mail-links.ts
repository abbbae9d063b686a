/** When a link that was sent by mail works, and using it up. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { AccountMail } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { AuthTables } from "../database.ts";
import { linkInvalid } from "../problems.ts";
import type { MailTokens } from "./mail-tokens.ts";

/** The mails that carry a link; all others only tell. */
export type LinkMail = "verify-email" | "reset-password" | "confirm-new-email";
const linkMails: readonly AccountMail[] = ["verify-email", "reset-password", "confirm-new-email"];

/** Does that mail carry a link? */
export function hasLink(mail: AccountMail): mail is LinkMail {
  return linkMails.includes(mail);
}

/** How long each link works. */
export const linkLives = {
  "verify-email": { hours: 24 },
  "reset-password": { hours: 1 },
  "confirm-new-email": { hours: 24 },
} as const satisfies Record<LinkMail, object>;

/** Of the links for one purpose that an account was sent, the latest work. */
const latestMax = 3;

/** The ticket's link works: it was not used, has not run out, and not too many came after it. */
export function works(ticket: "ticket" | "mail_tickets", machineNow: Temporal.Instant): RawBuilder<boolean> {
  const of = sql.table(ticket);
  return sql<boolean>`(${of}.used_at is null and ${of}.expires_at > ${machineNow.toString()} and (
    select count(*) from mail_tickets newer
    where newer.user_id = ${of}.user_id and newer.mail = ${of}.mail and newer.id > ${of}.id) < ${latestMax})`;
}

/** A link as somebody follows it. */
export interface FollowedLink {
  readonly mail: LinkMail;
  readonly token: string;
  readonly machineNow: Temporal.Instant;
}

/** What a link leads to. */
export interface LinkTarget {
  readonly id: Id<"tkt">;
  readonly user_id: Id<"usr"> | null;
  readonly registration_id: string | null;
  readonly email: string | null;
}

const target = ["id", "user_id", "registration_id", "email"] as const;

/**
 * What a link leads to; it goes on working.
 * @throws linkInvalid, one answer for a link that was used, has run out, was changed or never was
 */
export async function readLink(
  db: Kysely<AuthTables>,
  tokens: MailTokens,
  { mail, token, machineNow }: FollowedLink,
): Promise<LinkTarget> {
  const ticketId = tokens.ticketOf(token);
  if (ticketId === undefined) throw linkInvalid();
  const found = await db
    .selectFrom("mail_tickets")
    .select(target)
    .where("id", "=", ticketId)
    .where("mail", "=", mail)
    .where(works("mail_tickets", machineNow))
    .executeTakeFirst();
  if (found === undefined) throw linkInvalid();
  return found;
}

/**
 * What a link leads to; from the commit on it works no longer. Of several who follow it at once one gets through.
 * @throws linkInvalid as `readLink`
 */
export async function useLink(
  { tx }: UnitOfWork<AuthTables>,
  tokens: MailTokens,
  { mail, token, machineNow }: FollowedLink,
): Promise<LinkTarget> {
  const ticketId = tokens.ticketOf(token);
  if (ticketId === undefined) throw linkInvalid();
  // The account before its links: two links of one account, followed at once, would wait for each other.
  await tx
    .selectFrom("users")
    .select("id")
    .where("id", "=", (query) =>
      query.selectFrom("mail_tickets").select("user_id").where("mail_tickets.id", "=", ticketId),
    )
    .forNoKeyUpdate()
    .execute();
  const used = await tx
    .updateTable("mail_tickets")
    .set({ used_at: machineNow.toString() })
    .where("id", "=", ticketId)
    .where("mail", "=", mail)
    .where(works("mail_tickets", machineNow))
    .returning(target)
    .executeTakeFirst();
  if (used === undefined) throw linkInvalid();
  return used;
}

/** No link that the account was sent before works from now on: what it was asked for with has changed. */
export async function voidLinks(
  { tx }: UnitOfWork<AuthTables>,
  userId: Id<"usr">,
  machineNow: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable("mail_tickets")
    .set({ used_at: machineNow.toString() })
    .where("user_id", "=", userId)
    .where("used_at", "is", null)
    .where("expires_at", "is not", null)
    .execute();
}
