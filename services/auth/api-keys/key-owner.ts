/** Whose key it is, and what that account may do now. */
import type { Role } from "@holdfast/contracts/access";
import { type Id, id } from "@holdfast/contracts/ids";
import { refuseToken } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import type { Transaction } from "kysely";
import type { AuthTables } from "../database.ts";
import { effectiveRoles } from "../users/effective-roles.ts";

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
    .select(effectiveRoles.as("roles"))
    .where("id", "=", owner)
    .where("status", "=", "active")
    .where("erased_at", "is", null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (user === undefined) throw refuseToken("The account is not active.");
  return user.roles;
}
