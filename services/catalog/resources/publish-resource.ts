import type { Caller } from "@holdfast/chassis/tokens";
import type { ResourceView } from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogDependencies } from "../dependencies.ts";
import { resourceRetired, vendorUnverified } from "../problems.ts";
import { changeResource } from "./change-resource.ts";
import { lockResource, resourceView } from "./resource-view.ts";

export interface PublishResourceCall {
  readonly caller: Caller;
  readonly resourceId: Id<"res">;
  readonly traceparent: string;
}

/**
 * Makes a resource bookable; one that is published already stays as it is.
 * @throws resourceNotFound, resourceRetired, vendorUnverified
 */
export async function publishResource(
  { transact, clock }: Pick<CatalogDependencies, "transact" | "clock">,
  { caller, resourceId, traceparent }: PublishResourceCall,
): Promise<ResourceView> {
  return transact(async (unit) => {
    const before = await lockResource(unit.tx, caller, resourceId);
    if (before.status === "retired") throw resourceRetired();
    if (before.vendor_status !== "verified") throw vendorUnverified();
    if (before.status === "published") return resourceView(before);
    const after = { status: "published" } as const;
    return resourceView(await changeResource(unit, { before, after, now: clock.now(), traceparent }));
  });
}
