import type { Caller } from "@holdfast/chassis/tokens";
import type { ResourceView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogDependencies } from "../dependencies.ts";
import { resourceNotFound } from "../problems.ts";
import { mayManage } from "../vendors/ownership.ts";
import { resourceRows, resourceView } from "./resource-view.ts";

/**
 * A resource; a draft only for its owner or an administrator.
 * @throws resourceNotFound
 */
export async function getResource(
  { db }: Pick<CatalogDependencies, "db">,
  { caller, resourceId }: { readonly caller: Caller | null; readonly resourceId: Id<"res"> },
): Promise<ResourceView> {
  const resource = await resourceRows(db).where("resources.id", "=", resourceId).executeTakeFirst();
  if (resource === undefined || (resource.status === "draft" && !mayManage(caller, resource)))
    throw resourceNotFound();
  return resourceView(resource);
}
