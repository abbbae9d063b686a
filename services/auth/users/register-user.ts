import { randomUUID } from "node:crypto";
import { answer, type Answer, type Call } from "@holdfast/chassis/endpoint";
import { idempotent, unlessAnswered } from "@holdfast/chassis/idempotency";
import type { mailTaken, registerUser as endpoint } from "@holdfast/contracts/api/accounts";
import type { z } from "zod";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { linkLives } from "../mails/mail-links.ts";
import { requestMail } from "../mails/request-mail.ts";
import { refuseWeakPassword } from "../passwords/refuse-weak-password.ts";

/** Said to everybody. */
const taken = {
  message: "A mail is on its way to that address. Follow its link within 24 hours to have the account.",
};

/**
 * Keeps what somebody registers with until the link sent to the address is followed. Where an account has the address,
 * its owner is told instead; the answer is the same, and so is all the work, down to the number of statements.
 * @throws passwordTooWeak with the reason
 */
export async function registerUser(
  deps: Pick<AuthDependencies, "transact" | "repetitionSecret" | "passwords" | "clock">,
  call: Call<typeof endpoint>,
): Promise<Answer<z.output<typeof mailTaken>>> {
  const { email, password, name } = call.body;
  refuseWeakPassword(password, { email, name });
  return unlessAnswered(deps, call, async () => {
    const passwordHash = await deps.passwords.hash(password);
    return idempotent(deps, call, async (unit) => {
      await keepRegistration(deps, unit, call, passwordHash);
      return answer(taken);
    });
  });
}

async function keepRegistration(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { body: { email, name, role }, traceparent }: Call<typeof endpoint>,
  passwordHash: string,
): Promise<void> {
  const id = randomUUID();
  const expiresAt = clock.machineNow().add(linkLives["verify-email"]);
  const owner = await unit.tx.selectFrom("users").select("id").where("email", "=", email).executeTakeFirst();
  // Written even where nobody will be sent a link to it, so that the time it takes tells nothing; it is swept soon.
  await unit.tx
    .insertInto("registrations")
    .values({ id, email, name, role, password_hash: passwordHash, expires_at: expiresAt.toString() })
    .execute();
  const to =
    owner === undefined
      ? ({ mail: "verify-email", registrationId: id, expiresAt } as const)
      : ({ mail: "account-exists", userId: owner.id } as const);
  await requestMail(unit, { ...to, now: clock.now(), traceparent });
}
