/** Whose key it is, and what that account may do now. */
import type { Role } from "@holdfast/contracts/access";
import { type Id, id } from "@holdfast/contracts/ids";
import { refuseToken } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import { sql, type Transaction } from "kysely";
import type { AuthTables } from "../database.ts";

/** The roles a token of the account carries: those stored, and `vendor` where it acts for one. */
export const currentRoles = sql<Role[]>`
  case when 'vendor' = any(users.roles)
         or not exists (select from vendor_members where vendor_members.user_id = users.id)
    then users.roles else array_append(users.roles, 'vendor') end`.as("roles");

const userId = id("usr");

/** The caller's account; no service has keys. */
export function ownerId(caller: Caller): Id<"usr"> {
  const parsed = userId.safeParse(caller.userId);
  if (!parsed.success) throw refuseToken("Only an account has API keys.");
  return parsed.data;
}

/**
 * The roles of an active account, whose other changes to its keys wait until the transaction ends.
 * @throws tokenInvalid when the account is none any more, while its token still lives
 */
export async function lockOwner(tx: Transaction<AuthTables>, owner: Id<"usr">): Promise<Role[]> {
  const user = await tx
    .selectFrom("users")
    .select(currentRoles)
    .where("id", "=", owner)
    .where("status", "=", "active")
    .where("erased_at", "is", null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (user === undefined) throw refuseToken("The account is not active.");
  return user.roles;
}
