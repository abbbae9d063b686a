import type { Logger } from "@holdfast/chassis/log";
import type { AuthDependencies } from "../dependencies.ts";
import { addUser } from "./add-user.ts";

/** Makes the first administrator when no account has that e-mail address; an account that exists is left as it is. */
export async function ensureAdmin(
  {
    db,
    transact,
    passwords,
    clock,
    log,
  }: Pick<AuthDependencies, "db" | "transact" | "passwords" | "clock"> & { log: Logger },
  { email, password }: { readonly email: string; readonly password: string },
): Promise<void> {
  const existing = await db.selectFrom("users").select("roles").where("email", "=", email).executeTakeFirst();
  if (existing !== undefined) {
    if (!existing.roles.includes("admin"))
      log.warn("the account of ADMIN_EMAIL exists and is no administrator");
    return;
  }
  const passwordHash = await passwords.hash(password);
  await transact((unit) =>
    addUser(unit, { email, name: "Administrator", roles: ["admin"], passwordHash, now: clock.now() }),
  );
}
