import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { endPromotion as endpoint, type PromotionView } from "@holdfast/contracts/api/promotions";
import { promotionEnded } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { lockVendor } from "../vendors/vendor-view.ts";
import { lockPromotion, promotionView } from "./promotion-view.ts";

export interface EndPromotionCall {
  readonly caller: Caller;
  readonly vendorId: Id<"vnd">;
  readonly promotionId: Id<"prm">;
  readonly traceparent: string;
}

/**
 * Ends a promotion for good, so that its code is free again; ending it again changes nothing.
 * @throws vendorNotFound, roleInsufficient, promotionNotFound
 */
export async function endPromotion(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, vendorId, promotionId, traceparent }: EndPromotionCall,
): Promise<PromotionView> {
  await lockVendor(unit.tx, caller, { vendorId, permission: endpoint.access });
  const before = await lockPromotion(unit.tx, { vendorId, promotionId });
  if (before.ended_at !== null) return promotionView(before);

  const now = clock.now();
  const version = before.version + 1;
  const promotion = await unit.tx
    .updateTable("promotions")
    .set({ version, ended_at: now.toString(), updated_at: now.toString() })
    .where("id", "=", promotionId)
    .returningAll()
    .executeTakeFirstOrThrow();
  unit.announce(promotionEnded, {
    subject: promotionId,
    version,
    data: { promotionId, vendorId, version },
    traceparent,
    time: now,
  });
  return promotionView(promotion);
}
