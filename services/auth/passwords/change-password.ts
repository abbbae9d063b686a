import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import { refuseToken } from "@holdfast/chassis/problems";
import type { changePassword as endpoint } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthDependencies } from "../dependencies.ts";
import { accountFact } from "../second-factor/account-fact.ts";
import { refuseWeakPassword } from "./refuse-weak-password.ts";
import { setPassword } from "./set-password.ts";

/**
 * Sets the caller's password, whether or not there was one; every other session ends.
 * @throws passwordTooWeak with the reason; tokenInvalid when the account is over while its token still lives
 */
export async function changePassword(
  { db, transact, passwords, clock }: Pick<AuthDependencies, "db" | "transact" | "passwords" | "clock">,
  call: Call<typeof endpoint>,
): Promise<void> {
  const caller = callerOf(call);
  const userId = caller.userId as Id<"usr">;
  const owner = await db
    .selectFrom("users")
    .select(["email", "name"])
    .where("id", "=", userId)
    .executeTakeFirst();
  if (owner === undefined) throw refuseToken("The account does not exist.");
  const { newPassword } = call.body;
  refuseWeakPassword(newPassword, { email: owner.email ?? "", name: owner.name });
  const passwordHash = await passwords.hash(newPassword);
  const isSet = await transact((unit) =>
    setPassword(unit, {
      userId,
      passwordHash,
      except: caller.sessionId as Id<"ses"> | undefined,
      fact: accountFact(call),
      machineNow: clock.machineNow(),
      now: clock.now(),
      traceparent: call.traceparent,
    }),
  );
  if (!isSet) throw refuseToken("The account does not exist.");
}
