/** A user as the API shows them. */
import type { UserView } from "@holdfast/contracts/api/accounts";
import { type Selectable, sql } from "kysely";
import type { UserTable } from "../database.ts";
import { effectiveRoles } from "./effective-roles.ts";

const plainColumns = ["users.id", "email", "name", "status", "users.created_at"] as const;

/** The table's own columns a view is made of: of an account that is new, and so acts for nobody yet. */
export const viewedUserColumns = [...plainColumns, "roles"] as const;

/** What a view is made of. */
export type ViewedUser = Pick<
  Selectable<UserTable>,
  "id" | "email" | "name" | "roles" | "status" | "created_at"
> & { readonly second_factor: boolean; readonly identities: UserView["identities"] };

/** Selects what a view is made of, where `users` is in the query. */
export const viewedUser = [
  ...plainColumns,
  effectiveRoles.as("roles"),
  sql<boolean>`exists (select from second_factors where user_id = users.id and confirmed_at is not null)`.as(
    "second_factor",
  ),
  sql<UserView["identities"]>`array(select provider from identities where user_id = users.id order by 1)`.as(
    "identities",
  ),
] as const;

/** The account as its owner, support and administrators see it. */
export function userView(user: ViewedUser): UserView {
  return {
    userId: user.id,
    email: user.email ?? "",
    name: user.name,
    roles: user.roles,
    status: user.status,
    secondFactor: user.second_factor,
    identities: user.identities,
    createdAt: user.created_at,
  };
}
