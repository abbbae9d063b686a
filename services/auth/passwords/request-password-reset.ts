import type { mailTaken, requestPasswordReset as endpoint } from "@holdfast/contracts/api/accounts";
import type { Call } from "@holdfast/chassis/endpoint";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { z } from "zod";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { linkLives } from "../mails/mail-links.ts";
import { requestMail } from "../mails/request-mail.ts";

/** Said to everybody. */
const taken = {
  message:
    "If there is an account with that address, a mail is on its way to it. Its link works for one hour.",
};

/**
 * Sends a link to set another password. Where no active account has the address a ticket is written all the same, to
 * nobody: it is never sent, and the time it takes tells nothing.
 */
export async function requestPasswordReset(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { body: { email }, traceparent }: Pick<Call<typeof endpoint>, "body" | "traceparent">,
): Promise<z.output<typeof mailTaken>> {
  const user = await unit.tx
    .selectFrom("users")
    .select("id")
    .where("email", "=", email)
    .where("status", "=", "active")
    .executeTakeFirst();
  await requestMail(unit, {
    mail: "reset-password",
    userId: user?.id,
    expiresAt: clock.machineNow().add(linkLives["reset-password"]),
    now: clock.now(),
    traceparent,
  });
  return taken;
}
