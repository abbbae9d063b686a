import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { Caller } from "@holdfast/chassis/tokens";
import { listPromotions as endpoint, type PromotionView } from "@holdfast/contracts/api/promotions";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { CatalogDependencies } from "../dependencies.ts";
import { loadVendor } from "../vendors/vendor-view.ts";
import { promotionView } from "./promotion-view.ts";

export type ListPromotionsQuery = z.output<NonNullable<typeof endpoint.query>>;

/**
 * A vendor's promotions, newest first.
 * @throws vendorNotFound; requestInvalid when the cursor is none of ours
 */
export async function listPromotions(
  { db }: Pick<CatalogDependencies, "db">,
  caller: Caller,
  { vendorId, limit, after, ended }: ListPromotionsQuery & { readonly vendorId: Id<"vnd"> },
): Promise<{ items: PromotionView[]; next: string | null }> {
  await loadVendor(db, caller, { vendorId, permission: endpoint.access });
  let query = db
    .selectFrom("promotions")
    .selectAll()
    .where("vendor_id", "=", vendorId)
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (after !== undefined) query = query.where("id", "<", readCursor("prm", after));
  if (ended !== undefined) query = query.where("ended_at", ended ? "is not" : "is", null);
  const rows = await query.execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(promotionView),
    next: rows.length > limit && last !== undefined ? cursorOf(last.id) : null,
  };
}
