import type { Caller } from "@holdfast/chassis/tokens";
import {
  type listResources as endpoint,
  listVendorResources as ofVendorEndpoint,
  type ResourceView,
} from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { CatalogDependencies } from "../dependencies.ts";
import { loadVendor } from "../vendors/vendor-view.ts";
import { cursorAfter, readCursor } from "./list-cursor.ts";
import { type ResourceRow, resourceRows, resourceView } from "./resource-view.ts";

export type ListResourcesQuery = z.output<NonNullable<typeof endpoint.query>>;
export type ListVendorResourcesQuery = z.output<NonNullable<typeof ofVendorEndpoint.query>>;

export interface ResourcePage {
  readonly items: ResourceView[];
  /** Cursor of the next page. */
  readonly next: string | null;
}

/**
 * Published resources of verified vendors, newest first, one page by key: what is published or retired meanwhile shifts
 * nothing.
 * @throws requestInvalid when the cursor is none of ours
 */
export async function listResources(
  { db }: Pick<CatalogDependencies, "db">,
  { limit, after, vendorId, kind }: ListResourcesQuery,
): Promise<ResourcePage> {
  let query = resourceRows(db)
    .where("resources.status", "=", "published")
    .where("vendors.status", "=", "verified")
    .orderBy("resources.id", "desc")
    // One more than asked for says whether there is a next page.
    .limit(limit + 1);
  if (after !== undefined) query = query.where("resources.id", "<", readCursor(after));
  if (vendorId !== undefined) query = query.where("resources.vendor_id", "=", vendorId);
  if (kind !== undefined) query = query.where("resources.kind", "=", kind);

  return pageOf(await query.execute(), limit);
}

/**
 * A vendor's resources, drafts and retired ones too, newest first.
 * @throws vendorNotFound; requestInvalid when the cursor is none of ours
 */
export async function listVendorResources(
  { db }: Pick<CatalogDependencies, "db">,
  caller: Caller,
  { vendorId, limit, after, status }: ListVendorResourcesQuery & { readonly vendorId: Id<"vnd"> },
): Promise<ResourcePage> {
  await loadVendor(db, caller, { vendorId, permission: ofVendorEndpoint.access });
  let query = resourceRows(db)
    .where("resources.vendor_id", "=", vendorId)
    .orderBy("resources.id", "desc")
    .limit(limit + 1);
  if (after !== undefined) query = query.where("resources.id", "<", readCursor(after));
  if (status !== undefined) query = query.where("resources.status", "=", status);
  return pageOf(await query.execute(), limit);
}

/** One row more than the limit says that there is a next page. */
function pageOf(rows: readonly ResourceRow[], limit: number): ResourcePage {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(resourceView),
    next: rows.length > limit && last !== undefined ? cursorAfter(last.id) : null,
  };
}
