/** A resource with what its vendor adds to it: as it is loaded, and as the API shows it. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { Permission } from "@holdfast/contracts/access";
import type { ResourceView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import { resourceRules, type ResourceRules } from "@holdfast/contracts/resource-snapshot";
import type { Kysely, Selectable } from "kysely";
import type { CatalogTables, ResourceTable, VendorTable } from "../database.ts";
import { resourceNotFound } from "../problems.ts";
import { requireAuthority } from "../vendors/authority.ts";

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
 * @throws resourceNotFound; roleInsufficient for a member whose role does not allow it
 */
export async function lockResource(
  tx: Kysely<CatalogTables>,
  caller: Caller,
  { resourceId, permission }: { readonly resourceId: Id<"res">; readonly permission: Permission },
): Promise<ResourceRow> {
  const row = await resourceRows(tx)
    .where("resources.id", "=", resourceId)
    .forUpdate("resources")
    .executeTakeFirst();
  if (row === undefined) throw resourceNotFound();
  const vendor = { id: row.vendor_id, owner_id: row.owner_id };
  await requireAuthority(tx, { caller, permission, vendor }, resourceNotFound);
  return row;
}

/**
 * Rules as today's readers know them, whichever release wrote them. What would be refused today is shown as it was
 * written: reading must not fail, and publishing it again asks for better rules.
 */
function completeRules(stored: ResourceRules): ResourceRules {
  const complete = resourceRules.safeParse(stored);
  return complete.success ? complete.data : stored;
}

export function resourceView(resource: ResourceRow): ResourceView {
  return {
    resourceId: resource.id,
    vendorId: resource.vendor_id,
    vendorName: resource.vendor_name,
    status: resource.status,
    version: resource.version,
    rules: completeRules(resource.rules),
  };
}
