/** Writes the next version of a resource and tells of it what the others must know. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { resourcePublished, resourceRetired } from "@holdfast/contracts/events/catalog";
import type { CatalogTables } from "../database.ts";
import type { ResourceRow } from "./resource-view.ts";

export interface ResourceChange {
  /** As it was loaded, under its lock. */
  readonly before: ResourceRow;
  readonly after: Partial<Pick<ResourceRow, "status" | "rules">>;
  readonly now: Temporal.Instant;
  readonly traceparent: string;
}

/**
 * The resource in its next version. Of a draft nobody is told: every other change of one that is or was published is
 * announced, as the whole snapshot or as its retirement.
 */
export async function changeResource(
  unit: UnitOfWork<CatalogTables>,
  { before, after, now, traceparent }: ResourceChange,
): Promise<ResourceRow> {
  const resource: ResourceRow = { ...before, ...after, version: before.version + 1 };
  await unit.tx
    .updateTable("resources")
    .set({
      status: resource.status,
      version: resource.version,
      rules: JSON.stringify(resource.rules),
      updated_at: now.toString(),
    })
    .where("id", "=", resource.id)
    .execute();

  const about = { subject: resource.id, version: resource.version, traceparent, time: now };
  if (resource.status === "published") {
    unit.announce(resourcePublished, {
      ...about,
      data: {
        resourceId: resource.id,
        vendorId: resource.vendor_id,
        vendorName: resource.vendor_name,
        version: resource.version,
        rules: resource.rules,
      },
    });
  } else if (before.status === "published") {
    unit.announce(resourceRetired, {
      ...about,
      data: { resourceId: resource.id, version: resource.version },
    });
  }
  return resource;
}
