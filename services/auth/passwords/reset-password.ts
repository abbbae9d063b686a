import { type Answer, type Call, noContent } from "@holdfast/chassis/endpoint";
import { idempotent, unlessAnswered } from "@holdfast/chassis/idempotency";
import type { resetPassword as endpoint } from "@holdfast/contracts/api/accounts";
import type { AuthDependencies } from "../dependencies.ts";
import { type FollowedLink, readLink, useLink } from "../mails/mail-links.ts";
import { linkInvalid } from "../problems.ts";
import { visitorFact } from "../users/visitor-fact.ts";
import { refuseWeakPassword } from "./refuse-weak-password.ts";
import { setPassword } from "./set-password.ts";

/**
 * Sets the password of whoever followed the link, whether or not there was one; every session ends. A password that is
 * refused leaves the link as it is.
 * @throws linkInvalid, one answer for every link that does not work; passwordTooWeak with the reason
 */
export async function resetPassword(
  deps: Pick<AuthDependencies, "db" | "transact" | "repetitionSecret" | "passwords" | "clock" | "mailTokens">,
  call: Call<typeof endpoint>,
): Promise<Answer<never>> {
  const machineNow = deps.clock.machineNow();
  const link: FollowedLink = { mail: "reset-password", token: call.body.token, machineNow };
  return unlessAnswered(deps, call, async () => {
    const { userId, passwordHash } = await hashNew(deps, call, link);
    return idempotent(deps, call, async (unit) => {
      await useLink(unit, deps.mailTokens, link);
      const isSet = await setPassword(unit, {
        userId,
        passwordHash,
        fact: visitorFact(call, userId),
        machineNow,
        now: deps.clock.now(),
        traceparent: call.traceparent,
      });
      if (!isSet) throw linkInvalid();
      return noContent();
    });
  });
}

async function hashNew(
  { db, passwords, mailTokens }: Pick<AuthDependencies, "db" | "passwords" | "mailTokens">,
  { body: { newPassword } }: Call<typeof endpoint>,
  link: FollowedLink,
) {
  const { user_id: userId } = await readLink(db, mailTokens, link);
  if (userId === null) throw linkInvalid();
  const owner = await db
    .selectFrom("users")
    .select(["email", "name"])
    .where("id", "=", userId)
    .where("status", "=", "active")
    .executeTakeFirst();
  if (owner === undefined) throw linkInvalid();
  refuseWeakPassword(newPassword, { email: owner.email ?? "", name: owner.name });
  return { userId, passwordHash: await passwords.hash(newPassword) };
}
