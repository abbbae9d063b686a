import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type ResourceView, replaceResource as endpoint } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { resourceRetired } from "../problems.ts";
import { requireVersion } from "../versions/version-tag.ts";
import { changeResource } from "./change-resource.ts";
import { checkHolidays } from "./check-holidays.ts";
import { lockResource, resourceView } from "./resource-view.ts";

export interface ReplaceResourceCall {
  readonly caller: Caller;
  readonly resourceId: Id<"res">;
  readonly rules: ResourceRules;
  readonly ifMatch: string | undefined;
  readonly traceparent: string;
}

/**
 * Replaces a resource's rules; one that is published is published again.
 * @throws resourceNotFound, roleInsufficient, resourceRetired, versionMissing, versionOutdated, holidaysUnknown
 */
export async function replaceResource(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, resourceId, rules, ifMatch, traceparent }: ReplaceResourceCall,
): Promise<ResourceView> {
  const before = await lockResource(unit.tx, caller, { resourceId, permission: endpoint.access });
  if (before.status === "retired") throw resourceRetired();
  requireVersion(ifMatch, before.version);
  checkHolidays(rules);
  return resourceView(
    await changeResource(unit, { before, after: { rules }, now: clock.now(), traceparent }),
  );
}
