import type { registerUser as endpoint, UserView } from "@holdfast/contracts/api/auth";
import type { z } from "zod";
import type { AuthDependencies } from "../dependencies.ts";
import { passwordWeakness } from "../passwords/password-weakness.ts";
import { emailTaken, passwordTooWeak } from "../problems.ts";
import { addUser } from "./add-user.ts";
import { userView } from "./user-view.ts";

export interface RegisterUserCall {
  readonly body: z.output<NonNullable<typeof endpoint.body>>;
  readonly traceparent: string;
}

/**
 * Registers an account.
 * @throws passwordTooWeak with the reason, emailTaken
 */
export async function registerUser(
  { transact, passwords, clock }: Pick<AuthDependencies, "transact" | "passwords" | "clock">,
  { body: { email, password, name, role }, traceparent }: RegisterUserCall,
): Promise<UserView> {
  const weakness = passwordWeakness(password, email);
  if (weakness !== undefined)
    throw passwordTooWeak(weaknessSentences[weakness], { extra: { reason: weakness } });

  const passwordHash = await passwords.hash(password);
  const added = await transact((unit) =>
    addUser(unit, { email, name, roles: [role], passwordHash, now: clock.now(), traceparent }),
  );
  if (added === undefined) throw emailTaken();
  return userView(added);
}

const weaknessSentences = {
  common: "It is among the most common passwords.",
  repetitive: "It repeats the same few characters.",
  sequential: "It runs along the alphabet, the digits or the keyboard.",
  "contains-email": "It contains the e-mail address.",
} as const;
