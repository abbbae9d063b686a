import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { createResource as endpoint, type ResourceView } from "@holdfast/contracts/api/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { loadVendor } from "../vendors/vendor-view.ts";
import { checkHolidays } from "./check-holidays.ts";

export interface CreateResourceCall {
  readonly caller: Caller;
  readonly body: { readonly vendorId: Id<"vnd">; readonly rules: ResourceRules };
}

/**
 * Creates a draft.
 * @throws vendorNotFound, also for somebody else's vendor; roleInsufficient, holidaysUnknown
 */
export async function createResource(
  { clock }: Pick<CatalogDependencies, "clock">,
  { tx }: UnitOfWork<CatalogTables>,
  { caller, body: { vendorId, rules } }: CreateResourceCall,
): Promise<ResourceView> {
  const vendor = await loadVendor(tx, caller, { vendorId, permission: endpoint.access });
  checkHolidays(rules);

  const now = clock.now().toString();
  const draft = { id: newId("res"), vendor_id: vendorId, status: "draft", version: 1 } as const;
  await tx
    .insertInto("resources")
    .values({ ...draft, rules: JSON.stringify(rules), created_at: now, updated_at: now })
    .execute();
  return {
    resourceId: draft.id,
    vendorId,
    vendorName: vendor.name,
    status: draft.status,
    version: draft.version,
    rules,
  };
}
