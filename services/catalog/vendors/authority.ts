/** What a caller is to a vendor, and what that allows. To a stranger neither the vendor nor what is its own exists. */
import type { Problem } from "@holdfast/chassis/problem";
import type { Caller } from "@holdfast/chassis/tokens";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { CatalogTables } from "../database.ts";
import { roleInsufficient } from "../problems.ts";

/** An administrator may do everything an owner may. */
export type Authority = MemberRole | "admin";

/** Who may see a vendor's drafts and promotions. */
export const readers: readonly Authority[] = ["owner", "manager", "staff", "admin"];
/** Who may change its profile, resources and promotions. */
export const editors: readonly Authority[] = ["owner", "manager", "admin"];
/** Who may submit it and say who its members are. */
export const owners: readonly Authority[] = ["owner", "admin"];

/** What the caller is to the vendor; null for a stranger. */
export async function authorityOver(
  db: Kysely<CatalogTables>,
  caller: Caller | null,
  vendor: { readonly id: Id<"vnd">; readonly owner_id: Id<"usr"> },
): Promise<Authority | null> {
  if (caller === null) return null;
  if (caller.roles.includes("admin")) return "admin";
  if (caller.userId === vendor.owner_id) return "owner";
  const member = await db
    .selectFrom("vendor_members")
    .select("role")
    .where("vendor_id", "=", vendor.id)
    .where("user_id", "=", caller.userId as Id<"usr">)
    .executeTakeFirst();
  return member?.role ?? null;
}

/**
 * Lets pass whom `allowed` names.
 * @throws what `notFound` makes, for a stranger; roleInsufficient for a member whose role does not allow it
 */
export function requireAuthority(
  authority: Authority | null,
  allowed: readonly Authority[],
  notFound: () => Problem,
): void {
  if (authority === null) throw notFound();
  if (!allowed.includes(authority)) throw roleInsufficient();
}
