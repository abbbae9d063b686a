/** A user as the API shows them. */
import type { UserView } from "@holdfast/contracts/api/auth";
import type { Selectable } from "kysely";
import type { UserTable } from "../database.ts";

/** The columns a view is made of. */
export const viewedUserColumns = ["id", "email", "name", "roles", "created_at"] as const;

/** What a view is made of. */
export type ViewedUser = Pick<Selectable<UserTable>, (typeof viewedUserColumns)[number]>;

export function userView(user: ViewedUser): UserView {
  return {
    userId: user.id,
    email: user.email,
    name: user.name,
    roles: user.roles,
    createdAt: user.created_at,
  };
}
