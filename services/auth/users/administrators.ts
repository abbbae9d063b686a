/** Whether anybody is left who can administer: asked, and answered, by one transaction at a time. */
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Selectable, type Transaction } from "kysely";
import type { AuthTables, UserTable } from "../database.ts";
import { lastAdministrator, userNotFound } from "../problems.ts";

/** Any number will do; it must be the same in every replica, and nobody else's in this database. */
const administratorsLock = 7_311_945;

/** What an account is before its roles or status change. */
export type LockedUser = Pick<Selectable<UserTable>, "id" | "roles" | "status" | "version">;

/**
 * Locks an account whose roles or status are about to change. All such changes wait for each other first: two
 * administrators who take each other's role would otherwise each count the other.
 * @throws userNotFound
 */
export async function lockForChange(tx: Transaction<AuthTables>, userId: Id<"usr">): Promise<LockedUser> {
  await sql`select pg_advisory_xact_lock(${administratorsLock})`.execute(tx);
  const user = await tx
    .selectFrom("users")
    .select(["id", "roles", "status", "version"])
    .where("id", "=", userId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (user === undefined) throw userNotFound();
  return user;
}

/**
 * To be asked when the account, locked by `lockForChange`, is about to be an administrator no longer.
 * @throws lastAdministrator when it is the only one that is active
 */
export async function refuseLastAdministrator(
  tx: Transaction<AuthTables>,
  { id, roles, status }: LockedUser,
): Promise<void> {
  if (status !== "active" || !roles.includes("admin")) return;
  const other = await tx
    .selectFrom("users")
    .select("id")
    .where(sql<boolean>`roles @> array['admin']`)
    .where("status", "=", "active")
    .where("id", "!=", id)
    .limit(1)
    .executeTakeFirst();
  if (other === undefined) throw lastAdministrator();
}
