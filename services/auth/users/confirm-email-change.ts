import { type Answer, type Call, noContent } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { confirmEmailChange as endpoint } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { useLink, voidLinks } from "../mails/mail-links.ts";
import { requestMail } from "../mails/request-mail.ts";
import { linkInvalid } from "../problems.ts";
import { forgetRegistrations } from "./forget-registrations.ts";
import { visitorFact } from "./visitor-fact.ts";

/**
 * Changes the address to the one the link was sent to, and tells the old one.
 * @throws linkInvalid, one answer for every link that does not work and for an address that was taken meanwhile
 */
export async function confirmEmailChange(
  deps: Pick<AuthDependencies, "transact" | "repetitionSecret" | "clock" | "mailTokens">,
  call: Call<typeof endpoint>,
): Promise<Answer<never>> {
  const { clock, mailTokens } = deps;
  const machineNow = clock.machineNow();
  const { traceparent } = call;
  const { token } = call.body;
  try {
    return await idempotent(deps, call, async (unit) => {
      const link = await useLink(unit, mailTokens, { mail: "confirm-new-email", token, machineNow });
      const { user_id: userId, email: newEmail } = link;
      if (userId === null || newEmail === null) throw linkInvalid();
      const formerEmail = await moveTo(unit, userId, newEmail);
      await voidLinks(unit, userId, machineNow);
      await forgetRegistrations(unit, newEmail);
      const now = clock.now();
      await requestMail(unit, { mail: "email-changed", userId, email: formerEmail, now, traceparent });
      await writeAudit(unit.tx, visitorFact(call, userId));
      return noContent();
    });
  } catch (error) {
    if (isAddressTaken(error)) throw linkInvalid(undefined, { cause: error });
    throw error;
  }
}

/** The address it had. */
async function moveTo({ tx }: UnitOfWork<AuthTables>, userId: Id<"usr">, newEmail: string): Promise<string> {
  const former = await tx
    .selectFrom("users")
    .select("email")
    .where("id", "=", userId)
    .where("status", "=", "active")
    .forUpdate()
    .executeTakeFirst();
  if (former === undefined || former.email === null) throw linkInvalid();
  await tx
    .updateTable("users")
    .set({ email: newEmail, version: sql`version + 1` })
    .where("id", "=", userId)
    .execute();
  return former.email;
}

function isAddressTaken(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "users_email_unique";
}
