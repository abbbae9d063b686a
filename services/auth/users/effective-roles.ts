/**
 * The roles an account acts with: those it was given, and `vendor` while it is a member of a vendor. Log-in, refresh,
 * step-up and the exchange of API keys take roles from here and nowhere else.
 *
 * A token is not called back when its owner is taken from a vendor: `vendor` alone opens nothing, for catalog and booking
 * look up the membership itself at every act, and the next token carries the role no longer.
 */
import type { Role } from "@holdfast/contracts/access";
import { sql } from "kysely";

/** Where `users` is in the query. */
export const effectiveRoles = sql<Role[]>`case
  when 'vendor' = any(users.roles) then users.roles
  when exists (select from vendor_members where user_id = users.id and role is not null)
    then array_append(users.roles, 'vendor')
  else users.roles end`;
