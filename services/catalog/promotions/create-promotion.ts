import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import {
  createPromotion as endpoint,
  type PromotionInput,
  type PromotionView,
} from "@holdfast/contracts/api/promotions";
import { promotionPublished } from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { lockVendor } from "../vendors/vendor-view.ts";
import { checkTerms, promotionFacts, promotionView } from "./promotion-view.ts";

export interface CreatePromotionCall {
  readonly caller: Caller;
  readonly vendorId: Id<"vnd">;
  readonly body: PromotionInput;
  readonly traceparent: string;
}

/**
 * Publishes a promotion code.
 * @throws vendorNotFound, roleInsufficient, promotionCodeTaken, promotionResourceUnknown
 */
export async function createPromotion(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, vendorId, body, traceparent }: CreatePromotionCall,
): Promise<PromotionView> {
  await lockVendor(unit.tx, caller, { vendorId, permission: endpoint.access });
  await checkTerms(unit.tx, { vendorId, terms: body });

  const now = clock.now();
  const { code, ...terms } = body;
  const promotion = await unit.tx
    .insertInto("promotions")
    .values({
      id: newId("prm"),
      vendor_id: vendorId,
      version: 1,
      code,
      terms: JSON.stringify(terms),
      ended_at: null,
      created_at: now.toString(),
      updated_at: now.toString(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  unit.announce(promotionPublished, {
    subject: promotion.id,
    version: promotion.version,
    data: promotionFacts(promotion),
    traceparent,
    time: now,
  });
  return promotionView(promotion);
}
