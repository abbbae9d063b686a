/** Another password, and what comes with it. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { type AuditFact, writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import { voidLinks } from "../mails/mail-links.ts";
import { requestMail } from "../mails/request-mail.ts";
import { endSessions } from "../sessions/end-sessions.ts";

export interface NewPassword {
  readonly userId: Id<"usr">;
  readonly passwordHash: string;
  /** The session that goes on; where none is given, all end. */
  readonly except?: Id<"ses"> | undefined;
  readonly fact: AuditFact;
  readonly machineNow: Temporal.Instant;
  /** Business time. */
  readonly now: Temporal.Instant;
  readonly traceparent: string;
}

/**
 * Sets it, where the account is active: sessions end, links that were sent before work no longer, the owner is told, and
 * the audit log is, too. False where there is no such account.
 */
export async function setPassword(unit: UnitOfWork<AuthTables>, set: NewPassword): Promise<boolean> {
  const { userId, machineNow, now, traceparent } = set;
  const changed = await unit.tx
    .updateTable("users")
    .set({ password_hash: set.passwordHash, version: sql`version + 1` })
    .where("id", "=", userId)
    .where("status", "=", "active")
    .returning("id")
    .executeTakeFirst();
  if (changed === undefined) return false;
  await endSessions(unit, {
    userId,
    except: set.except,
    reason: "logged-out",
    cause: "password-changed",
    endedAt: machineNow,
    now,
    traceparent,
  });
  await voidLinks(unit, userId, machineNow);
  await requestMail(unit, { mail: "password-changed", userId, now, traceparent });
  await writeAudit(unit.tx, set.fact);
  return true;
}
