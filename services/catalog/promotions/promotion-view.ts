/** A promotion as it is loaded, as its vendor's members see it, and as events tell of it. */
import type { PromotionInput, PromotionView } from "@holdfast/contracts/api/promotions";
import type { EventData } from "@holdfast/contracts/define-event";
import type { promotionPublished } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { CatalogTables, PromotionTable } from "../database.ts";
import { promotionCodeTaken, promotionNotFound, promotionResourceUnknown } from "../problems.ts";

export type PromotionRow = Selectable<PromotionTable>;

export function promotionView(row: PromotionRow): PromotionView {
  return {
    promotionId: row.id,
    vendorId: row.vendor_id,
    version: row.version,
    code: row.code,
    ...row.terms,
    endedAt: row.ended_at,
    createdAt: row.created_at,
  };
}

/** What booking has to know of it. */
export function promotionFacts(row: PromotionRow): EventData<typeof promotionPublished> {
  return {
    promotionId: row.id,
    vendorId: row.vendor_id,
    version: row.version,
    code: row.code,
    ...row.terms,
  };
}

/**
 * Locks a promotion of a vendor that the transaction has locked.
 * @throws promotionNotFound
 */
export async function lockPromotion(
  tx: Kysely<CatalogTables>,
  { vendorId, promotionId }: { readonly vendorId: Id<"vnd">; readonly promotionId: Id<"prm"> },
): Promise<PromotionRow> {
  const row = await tx
    .selectFrom("promotions")
    .selectAll()
    .where("id", "=", promotionId)
    .where("vendor_id", "=", vendorId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) throw promotionNotFound();
  return row;
}

/**
 * Lets pass terms whose code nobody else of the vendor has and whose resources are the vendor's. The vendor is locked,
 * so neither changes before the commit; the unique index has the last word.
 * @throws promotionCodeTaken, promotionResourceUnknown naming the resources
 */
export async function checkTerms(
  tx: Kysely<CatalogTables>,
  { vendorId, except, terms }: { vendorId: Id<"vnd">; except?: Id<"prm">; terms: PromotionInput },
): Promise<void> {
  const taken = await tx
    .selectFrom("promotions")
    .select("id")
    .where("vendor_id", "=", vendorId)
    .where("code", "=", terms.code)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  if (taken !== undefined && taken.id !== except) {
    throw promotionCodeTaken(undefined, { errors: [{ field: "code", message: "is taken", code: "taken" }] });
  }
  if (terms.resourceIds.length === 0) return;
  const known = await tx
    .selectFrom("resources")
    .select("id")
    .where("vendor_id", "=", vendorId)
    .where("id", "in", terms.resourceIds)
    .execute();
  const errors = terms.resourceIds.flatMap((resourceId, index) =>
    known.some((one) => one.id === resourceId)
      ? []
      : [{ field: `resourceIds.${index}`, message: "is no resource of the vendor", code: "unknown" }],
  );
  if (errors.length > 0) throw promotionResourceUnknown(undefined, { errors });
}
