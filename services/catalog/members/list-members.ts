import type { Caller } from "@holdfast/chassis/tokens";
import { listVendorMembers as endpoint, type VendorMember } from "@holdfast/contracts/api/vendors";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogDependencies } from "../dependencies.ts";
import { loadVendor } from "../vendors/vendor-view.ts";
import { membersOf, memberView } from "./change-member.ts";

/**
 * Everybody who acts for the vendor, longest there first.
 * @throws vendorNotFound, roleInsufficient
 */
export async function listMembers(
  { db }: Pick<CatalogDependencies, "db">,
  { caller, vendorId }: { readonly caller: Caller; readonly vendorId: Id<"vnd"> },
): Promise<{ items: VendorMember[] }> {
  const vendor = await loadVendor(db, caller, { vendorId, permission: endpoint.access });
  return { items: (await membersOf(db, vendor)).map(memberView) };
}
