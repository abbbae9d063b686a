import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { Caller } from "@holdfast/chassis/tokens";
import type { VendorView } from "@holdfast/contracts/api/catalog";
import type { listVendors as endpoint } from "@holdfast/contracts/api/vendors";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { CatalogDependencies } from "../dependencies.ts";
import { vendorView } from "./vendor-view.ts";

export type ListVendorsQuery = z.output<NonNullable<typeof endpoint.query>>;

/**
 * Vendors the caller acts for, newest first; an administrator sees all of them.
 * @throws requestInvalid when the cursor is none of ours
 */
export async function listVendors(
  { db }: Pick<CatalogDependencies, "db">,
  { caller, limit, after, status }: ListVendorsQuery & { readonly caller: Caller },
): Promise<{ items: VendorView[]; next: string | null }> {
  let query = db
    .selectFrom("vendors")
    .selectAll()
    .orderBy("id", "desc")
    // One more than asked for says whether there is a next page.
    .limit(limit + 1);
  if (after !== undefined) query = query.where("id", "<", readCursor("vnd", after));
  if (status === "draft") query = query.where("status", "in", ["draft", "registered"]);
  else if (status !== undefined) query = query.where("status", "=", status);
  if (!caller.roles.includes("admin")) {
    const userId = caller.userId as Id<"usr">;
    query = query.where((is) =>
      is.or([
        is("owner_id", "=", userId),
        is("id", "in", is.selectFrom("vendor_members").select("vendor_id").where("user_id", "=", userId)),
      ]),
    );
  }
  const rows = await query.execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(vendorView),
    next: rows.length > limit && last !== undefined ? cursorOf(last.id) : null,
  };
}
