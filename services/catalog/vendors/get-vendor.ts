import type { Caller } from "@holdfast/chassis/tokens";
import type { VendorView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogDependencies } from "../dependencies.ts";
import { vendorNotFound } from "../problems.ts";
import { mayManage } from "./ownership.ts";
import { vendorView } from "./vendor-view.ts";

/**
 * A vendor, for its owner or an administrator.
 * @throws vendorNotFound
 */
export async function getVendor(
  { db }: Pick<CatalogDependencies, "db">,
  { caller, vendorId }: { readonly caller: Caller; readonly vendorId: Id<"vnd"> },
): Promise<VendorView> {
  const vendor = await db.selectFrom("vendors").selectAll().where("id", "=", vendorId).executeTakeFirst();
  if (vendor === undefined || !mayManage(caller, vendor)) throw vendorNotFound();
  return vendorView(vendor);
}
