import { randomUUID } from "node:crypto";
import type { mailTaken, registerUser as endpoint } from "@holdfast/contracts/api/accounts";
import type { z } from "zod";
import type { AuthDependencies } from "../dependencies.ts";
import { linkLives } from "../mails/mail-links.ts";
import { requestMail } from "../mails/request-mail.ts";
import { refuseWeakPassword } from "../passwords/refuse-weak-password.ts";

/** Said to everybody. */
const taken = {
  message: "A mail is on its way to that address. Follow its link within 24 hours to have the account.",
};

export interface RegisterUserCall {
  readonly body: z.output<NonNullable<typeof endpoint.body>>;
  readonly traceparent: string;
}

/**
 * Keeps what somebody registers with until the link sent to the address is followed. Where an account has the address,
 * its owner is told instead; the answer is the same, and so is all the work, down to the number of statements.
 * @throws passwordTooWeak with the reason
 */
export async function registerUser(
  { transact, passwords, clock }: Pick<AuthDependencies, "transact" | "passwords" | "clock">,
  { body: { email, password, name, role }, traceparent }: RegisterUserCall,
): Promise<z.output<typeof mailTaken>> {
  refuseWeakPassword(password, { email, name });
  const passwordHash = await passwords.hash(password);
  const id = randomUUID();
  const expiresAt = clock.machineNow().add(linkLives["verify-email"]);
  await transact(async (unit) => {
    const owner = await unit.tx
      .selectFrom("users")
      .select("id")
      .where("email", "=", email)
      .executeTakeFirst();
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
  });
  return taken;
}
