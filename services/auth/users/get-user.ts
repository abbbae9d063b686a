import type { UserView } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { AuthTables } from "../database.ts";
import { userNotFound } from "../problems.ts";
import { userView, viewedUser } from "./user-view.ts";

/**
 * Any account, for support and administrators; the roles are those its tokens carry.
 * @throws userNotFound
 */
export async function getUser(
  { db }: { readonly db: Kysely<AuthTables> },
  userId: Id<"usr">,
): Promise<UserView> {
  const user = await db
    .selectFrom("users")
    .select(viewedUser)
    .where("users.id", "=", userId)
    .executeTakeFirst();
  if (user === undefined) throw userNotFound();
  return userView(user);
}
