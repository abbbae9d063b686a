import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type ResourceView, retireResource as endpoint } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { changeResource } from "./change-resource.ts";
import { lockResource, resourceView } from "./resource-view.ts";

export interface RetireResourceCall {
  readonly caller: Caller;
  readonly resourceId: Id<"res">;
  readonly traceparent: string;
}

/**
 * Takes a resource out of use for good; retiring it again changes nothing.
 * @throws resourceNotFound, roleInsufficient
 */
export async function retireResource(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, resourceId, traceparent }: RetireResourceCall,
): Promise<ResourceView> {
  const before = await lockResource(unit.tx, caller, { resourceId, permission: endpoint.access });
  if (before.status === "retired") return resourceView(before);
  const after = { status: "retired" } as const;
  return resourceView(await changeResource(unit, { before, after, now: clock.now(), traceparent }));
}
