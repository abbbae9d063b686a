import { refuseToken } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UserView } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthDependencies } from "../dependencies.ts";
import { userView, viewedUser } from "./user-view.ts";

/**
 * The caller's own account.
 * @throws tokenInvalid when the account is gone while its token still lives
 */
export async function getMe({ db }: Pick<AuthDependencies, "db">, caller: Caller): Promise<UserView> {
  const user = await db
    .selectFrom("users")
    .select(viewedUser)
    .where("id", "=", caller.userId as Id<"usr">)
    .executeTakeFirst();
  if (user === undefined) throw refuseToken("The account does not exist.");
  return userView(user);
}
