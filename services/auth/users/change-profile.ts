import { refuseToken } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { changeProfile as endpoint, UserView } from "@holdfast/contracts/api/accounts";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { z } from "zod";
import type { AuthTables } from "../database.ts";
import { userView, viewedUser } from "./user-view.ts";

/**
 * Changes the caller's name.
 * @throws tokenInvalid when the account is over while its token still lives
 */
export async function changeProfile(
  { tx }: UnitOfWork<AuthTables>,
  {
    body: { name },
    caller,
  }: { readonly body: z.output<NonNullable<typeof endpoint.body>>; readonly caller: Caller },
): Promise<UserView> {
  const changed = await tx
    .updateTable("users")
    .set({ name, version: sql`version + 1` })
    .where("id", "=", caller.userId as Id<"usr">)
    .where("status", "=", "active")
    .returning(viewedUser)
    .executeTakeFirst();
  if (changed === undefined) throw refuseToken("The account does not exist.");
  return userView(changed);
}
