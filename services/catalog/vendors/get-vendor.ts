import type { Caller } from "@holdfast/chassis/tokens";
import { getVendor as endpoint, type VendorView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogDependencies } from "../dependencies.ts";
import { loadVendor, vendorView } from "./vendor-view.ts";

/**
 * A vendor, for its members or an administrator.
 * @throws vendorNotFound
 */
export async function getVendor(
  { db }: Pick<CatalogDependencies, "db">,
  { caller, vendorId }: { readonly caller: Caller; readonly vendorId: Id<"vnd"> },
): Promise<VendorView> {
  return vendorView(await loadVendor(db, caller, { vendorId, permission: endpoint.access }));
}
