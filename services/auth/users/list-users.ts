/** Accounts, newest first: ids start with the time they were made at. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { UserView } from "@holdfast/contracts/api/accounts";
import type { listUsers as endpoint } from "@holdfast/contracts/api/users";
import { sql } from "kysely";
import type { z } from "zod";
import type { AuthDependencies } from "../dependencies.ts";
import { userView, viewedUser } from "./user-view.ts";

export type ListUsersQuery = z.output<NonNullable<typeof endpoint.query>>;

/**
 * A page of accounts; by role also those that have it by acting for a vendor.
 * @throws requestInvalid for a cursor that is none of this list's
 */
export async function listUsers(
  { db }: Pick<AuthDependencies, "db">,
  { limit, after, email, role, status }: ListUsersQuery,
): Promise<{ items: UserView[]; next: string | null }> {
  let query = db
    .selectFrom("users")
    .select(viewedUser)
    .orderBy("users.id", "desc")
    // One more than asked for says whether there is a next page.
    .limit(limit + 1);
  if (after !== undefined) query = query.where("users.id", "<", readCursor("usr", after));
  if (email !== undefined) query = query.where("email", "=", email);
  if (status !== undefined) query = query.where("status", "=", status);
  if (role !== undefined) {
    const given = sql<boolean>`roles @> array[${role}]::text[]`;
    query = query.where((is) =>
      role === "vendor"
        ? is.or([
            given,
            is(
              "users.id",
              "in",
              is.selectFrom("vendor_members").select("user_id").where("role", "is not", null),
            ),
          ])
        : given,
    );
  }
  const rows = await query.execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(userView),
    next: rows.length > limit && last !== undefined ? cursorOf(last.id) : null,
  };
}
