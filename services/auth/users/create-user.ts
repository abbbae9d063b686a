import type { UserView } from "@holdfast/contracts/api/accounts";
import type { createUser as endpoint } from "@holdfast/contracts/api/users";
import type { z } from "zod";
import type { AuthDependencies } from "../dependencies.ts";
import { refuseWeakPassword } from "../passwords/refuse-weak-password.ts";
import { emailTaken } from "../problems.ts";
import { addUser } from "./add-user.ts";
import { userView } from "./user-view.ts";

export interface CreateUserCall {
  readonly body: z.output<NonNullable<typeof endpoint.body>>;
  readonly traceparent: string;
}

/**
 * Makes an account whose address an administrator vouches for.
 * @throws passwordTooWeak with the reason, emailTaken
 */
export async function createUser(
  { transact, passwords, clock }: Pick<AuthDependencies, "transact" | "passwords" | "clock">,
  { body: { email, password, name, roles }, traceparent }: CreateUserCall,
): Promise<UserView> {
  refuseWeakPassword(password, { email, name });
  const passwordHash = await passwords.hash(password);
  const added = await transact((unit) =>
    addUser(unit, { email, name, roles, passwordHash, now: clock.now(), traceparent }),
  );
  if (added === undefined) throw emailTaken();
  return userView(added);
}
