/** Who may act for a vendor here: its people as catalog tells of them, and administrators. */
import { callerOf, type Call } from "@holdfast/chassis/endpoint";
import { holds } from "@holdfast/chassis/holds";
import type { Caller } from "@holdfast/chassis/tokens";
import { memberGrants, type VendorPermission } from "@holdfast/contracts/access";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { vendorNotFound } from "../problems.ts";

/**
 * Does the caller's role with the vendor allow this there? Administrators may do what an owner may. Membership is read
 * anew each time: who was taken from the vendor may do nothing for it from then on, whatever their token says.
 */
export async function mayActFor(
  db: Kysely<PaymentTables>,
  caller: Caller,
  { vendorId, permission }: { readonly vendorId: Id<"vnd">; readonly permission: VendorPermission },
): Promise<boolean> {
  if (!holds(caller, permission)) return false;
  if (caller.roles.includes("admin")) return true;
  const member = await db
    .selectFrom("vendor_members")
    .select("role")
    .where("vendor_id", "=", vendorId)
    .where("user_id", "=", caller.userId as Id<"usr">)
    .executeTakeFirst();
  // A row without a role is of somebody who was removed.
  return member !== undefined && member.role !== null && memberGrants(member.role, permission);
}

/** A call about a vendor. */
export interface OnVendor extends Pick<Call, "caller"> {
  readonly endpoint: { readonly access: VendorPermission };
  readonly params: { readonly vendorId: Id<"vnd"> };
}

/** Lets a call about a vendor on, if its caller may do there what the endpoint asks for. @throws vendorNotFound */
export async function requireActor(db: Kysely<PaymentTables>, call: OnVendor): Promise<void> {
  const act = { vendorId: call.params.vendorId, permission: call.endpoint.access };
  if (!(await mayActFor(db, callerOf(call), act))) throw vendorNotFound();
}
