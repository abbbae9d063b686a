import { answer, type Answer, type Call } from "@holdfast/chassis/endpoint";
import { idempotent, unlessAnswered } from "@holdfast/chassis/idempotency";
import type { UserView } from "@holdfast/contracts/api/accounts";
import type { createUser as endpoint } from "@holdfast/contracts/api/users";
import type { AuthDependencies } from "../dependencies.ts";
import { refuseWeakPassword } from "../passwords/refuse-weak-password.ts";
import { emailTaken } from "../problems.ts";
import { addUser } from "./add-user.ts";
import { userView } from "./user-view.ts";

/**
 * Makes an account whose address an administrator vouches for.
 * @throws passwordTooWeak with the reason, emailTaken
 */
export async function createUser(
  deps: Pick<AuthDependencies, "transact" | "repetitionSecret" | "passwords" | "clock">,
  call: Call<typeof endpoint>,
): Promise<Answer<UserView>> {
  const { email, password, name, roles } = call.body;
  const { traceparent } = call;
  refuseWeakPassword(password, { email, name });
  return unlessAnswered(deps, call, async () => {
    const passwordHash = await deps.passwords.hash(password);
    return idempotent(deps, call, async (unit) => {
      const now = deps.clock.now();
      const added = await addUser(unit, { email, name, roles, passwordHash, now, traceparent });
      if (added === undefined) throw emailTaken();
      return answer(userView(added));
    });
  });
}
