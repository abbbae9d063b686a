/**
 * What a caller is to a vendor, and what that allows: which role allows what is the table of the contracts, and which
 * permission an act needs is its endpoint's. To a stranger neither the vendor nor what is its own exists.
 */
import { holds } from "@holdfast/chassis/holds";
import type { Problem } from "@holdfast/chassis/problem";
import type { Caller } from "@holdfast/chassis/tokens";
import { memberGrants, type Permission } from "@holdfast/contracts/access";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { CatalogTables } from "../database.ts";
import { roleInsufficient } from "../problems.ts";

export interface VendorAct {
  readonly caller: Caller | null;
  readonly permission: Permission;
  readonly vendor: { readonly id: Id<"vnd">; readonly owner_id: Id<"usr"> };
}

/**
 * Lets pass whose role with the vendor allows it, and administrators. Membership is read anew each time: who was taken
 * from the vendor is a stranger at once, whatever their token says.
 * @throws what `notFound` makes, for a stranger; roleInsufficient for a member whose role does not allow it
 */
export async function requireAuthority(
  db: Kysely<CatalogTables>,
  { caller, permission, vendor }: VendorAct,
  notFound: () => Problem,
): Promise<void> {
  if (caller === null || !holds(caller, permission)) throw notFound();
  if (caller.roles.includes("admin")) return;
  const role = await roleWith(db, caller, vendor);
  if (role === null) throw notFound();
  if (!memberGrants(role, permission)) throw roleInsufficient();
}

/** The caller's role with the vendor; null for a stranger. */
async function roleWith(
  db: Kysely<CatalogTables>,
  caller: Caller,
  vendor: VendorAct["vendor"],
): Promise<MemberRole | null> {
  if (caller.userId === vendor.owner_id) return "owner";
  const member = await db
    .selectFrom("vendor_members")
    .select("role")
    .where("vendor_id", "=", vendor.id)
    .where("user_id", "=", caller.userId as Id<"usr">)
    .executeTakeFirst();
  return member?.role ?? null;
}
