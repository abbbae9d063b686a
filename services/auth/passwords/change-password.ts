import { type Answer, type Call, callerOf, noContent } from "@holdfast/chassis/endpoint";
import { idempotent, unlessAnswered } from "@holdfast/chassis/idempotency";
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
  deps: Pick<AuthDependencies, "db" | "transact" | "repetitionSecret" | "passwords" | "clock">,
  call: Call<typeof endpoint>,
): Promise<Answer<never>> {
  return unlessAnswered(deps, call, async () => {
    const passwordHash = await hashNew(deps, call);
    return idempotent(deps, call, async (unit) => {
      const caller = callerOf(call);
      const isSet = await setPassword(unit, {
        userId: caller.userId as Id<"usr">,
        passwordHash,
        except: caller.sessionId as Id<"ses"> | undefined,
        fact: accountFact(call),
        machineNow: deps.clock.machineNow(),
        now: deps.clock.now(),
        traceparent: call.traceparent,
      });
      if (!isSet) throw refuseToken("The account does not exist.");
      return noContent();
    });
  });
}

async function hashNew(
  { db, passwords }: Pick<AuthDependencies, "db" | "passwords">,
  call: Call<typeof endpoint>,
): Promise<string> {
  const owner = await db
    .selectFrom("users")
    .select(["email", "name"])
    .where("id", "=", callerOf(call).userId as Id<"usr">)
    .executeTakeFirst();
  if (owner === undefined) throw refuseToken("The account does not exist.");
  const { newPassword } = call.body;
  refuseWeakPassword(newPassword, { email: owner.email ?? "", name: owner.name });
  return passwords.hash(newPassword);
}
