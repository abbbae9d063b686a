import type { Caller } from "@holdfast/chassis/tokens";
import { listVendorResources, type ResourceView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogDependencies } from "../dependencies.ts";
import { resourceNotFound } from "../problems.ts";
import { requireAuthority } from "../vendors/authority.ts";
import { resourceRows, resourceView } from "./resource-view.ts";

/**
 * A resource; a draft only for its vendor's members or an administrator.
 * @throws resourceNotFound
 */
export async function getResource(
  { db }: Pick<CatalogDependencies, "db">,
  { caller, resourceId }: { readonly caller: Caller | null; readonly resourceId: Id<"res"> },
): Promise<ResourceView> {
  const resource = await resourceRows(db).where("resources.id", "=", resourceId).executeTakeFirst();
  if (resource === undefined) throw resourceNotFound();
  if (resource.status === "draft") {
    const vendor = { id: resource.vendor_id, owner_id: resource.owner_id };
    // Anybody may ask; a draft is for who may list its vendor's resources.
    const { access: permission } = listVendorResources;
    await requireAuthority(db, { caller, permission, vendor }, resourceNotFound);
  }
  return resourceView(resource);
}
