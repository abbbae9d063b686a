import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { publishResource as endpoint, type ResourceView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import { resourceRules } from "@holdfast/contracts/resource-snapshot";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { resourceRetired, rulesOutdated, vendorUnverified } from "../problems.ts";
import { changeResource } from "./change-resource.ts";
import { lockResource, resourceView } from "./resource-view.ts";

export interface PublishResourceCall {
  readonly caller: Caller;
  readonly resourceId: Id<"res">;
  readonly traceparent: string;
}

/**
 * Makes a resource bookable; one that is published already stays as it is.
 * @throws resourceNotFound, roleInsufficient, resourceRetired, vendorUnverified, rulesOutdated
 */
export async function publishResource(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, resourceId, traceparent }: PublishResourceCall,
): Promise<ResourceView> {
  const before = await lockResource(unit.tx, caller, { resourceId, permission: endpoint.access });
  if (before.status === "retired") throw resourceRetired();
  if (before.vendor_status !== "verified") throw vendorUnverified();
  if (before.status === "published") return resourceView(before);
  // Kept since an earlier release they may lack members, or be refused today: booking would not understand them.
  const rules = resourceRules.safeParse(before.rules);
  if (!rules.success) throw rulesOutdated();
  const after = { status: "published", rules: rules.data } as const;
  return resourceView(await changeResource(unit, { before, after, now: clock.now(), traceparent }));
}
