import type { Id } from "@holdfast/contracts/ids";
import type { AuthDependencies } from "../dependencies.ts";

/**
 * Brings a hash up to the parameters passwords are hashed with now, while its password is at hand, and gives the one that
 * is kept then; a password that was changed meanwhile stays as it is.
 * @throws serviceUnavailable when too many wait to be hashed
 */
export async function rehashPassword(
  { db, passwords }: Pick<AuthDependencies, "db" | "passwords">,
  {
    userId,
    hash,
    password,
  }: { readonly userId: Id<"usr">; readonly hash: string; readonly password: string },
): Promise<string> {
  if (!passwords.needsRehash(hash)) return hash;
  const rehashed = await passwords.hash(password);
  await db
    .updateTable("users")
    .set({ password_hash: rehashed })
    .where("id", "=", userId)
    .where("password_hash", "=", hash)
    .execute();
  return rehashed;
}
