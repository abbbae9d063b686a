/** A resource with what its vendor adds to it: as it is loaded, and as the API shows it. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { ResourceView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { CatalogTables, ResourceTable, VendorTable } from "../database.ts";
import { resourceNotFound } from "../problems.ts";
import { mayManage } from "../vendors/ownership.ts";

export interface ResourceRow extends Pick<
  Selectable<ResourceTable>,
  "id" | "vendor_id" | "status" | "version" | "rules"
> {
  readonly owner_id: VendorTable["owner_id"];
  readonly vendor_name: string;
  readonly vendor_status: VendorTable["status"];
}

/** Resources with their vendors, to be narrowed. */
export function resourceRows(db: Kysely<CatalogTables>) {
  return db
    .selectFrom("resources")
    .innerJoin("vendors", "vendors.id", "resources.vendor_id")
    .select([
      "resources.id",
      "resources.vendor_id",
      "resources.status",
      "resources.version",
      "resources.rules",
      "vendors.owner_id",
      "vendors.name as vendor_name",
      "vendors.status as vendor_status",
    ]);
}

/**
 * Locks a resource that the caller may change.
 * @throws resourceNotFound
 */
export async function lockResource(
  tx: Kysely<CatalogTables>,
  caller: Caller,
  resourceId: Id<"res">,
): Promise<ResourceRow> {
  const row = await resourceRows(tx)
    .where("resources.id", "=", resourceId)
    .forUpdate("resources")
    .executeTakeFirst();
  if (row === undefined || !mayManage(caller, row)) throw resourceNotFound();
  return row;
}

export function resourceView(resource: ResourceRow): ResourceView {
  return {
    resourceId: resource.id,
    vendorId: resource.vendor_id,
    vendorName: resource.vendor_name,
    status: resource.status,
    version: resource.version,
    rules: resource.rules,
  };
}
