import type { listResources as endpoint, ResourceView } from "@holdfast/contracts/api/catalog";
import type { z } from "zod";
import type { CatalogDependencies } from "../dependencies.ts";
import { cursorAfter, readCursor } from "./list-cursor.ts";
import { resourceRows, resourceView } from "./resource-view.ts";

export type ListResourcesQuery = z.output<NonNullable<typeof endpoint.query>>;

export interface ResourcePage {
  readonly items: ResourceView[];
  /** Cursor of the next page. */
  readonly next: string | null;
}

/**
 * Published resources, newest first, one page by key: what is published or retired meanwhile shifts nothing.
 * @throws requestInvalid when the cursor is none of ours
 */
export async function listResources(
  { db }: Pick<CatalogDependencies, "db">,
  { limit, after, vendorId, kind }: ListResourcesQuery,
): Promise<ResourcePage> {
  let query = resourceRows(db)
    .where("resources.status", "=", "published")
    .orderBy("resources.id", "desc")
    // One more than asked for says whether there is a next page.
    .limit(limit + 1);
  if (after !== undefined) query = query.where("resources.id", "<", readCursor(after));
  if (vendorId !== undefined) query = query.where("resources.vendor_id", "=", vendorId);
  if (kind !== undefined) query = query.where("resources.kind", "=", kind);

  const rows = await query.execute();
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(resourceView),
    next: rows.length > limit && last !== undefined ? cursorAfter(last.id) : null,
  };
}

/** The Link header to the next page (RFC 8288), with the filters of this one; none on the last page. */
export function nextPageLink(
  path: string,
  query: ListResourcesQuery,
  next: string | null,
): Record<string, string> {
  if (next === null) return {};
  const parameters = Object.entries({ ...query, after: next }).map(([name, value]) => [name, String(value)]);
  return { link: `<${path}?${new URLSearchParams(parameters).toString()}>; rel="next"` };
}
