import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import {
  type PromotionInput,
  type PromotionView,
  replacePromotion as endpoint,
} from "@holdfast/contracts/api/promotions";
import { promotionPublished } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { promotionEnded } from "../problems.ts";
import { lockVendor } from "../vendors/vendor-view.ts";
import { requireVersion } from "../versions/version-tag.ts";
import { checkTerms, lockPromotion, promotionFacts, promotionView } from "./promotion-view.ts";

export interface ReplacePromotionCall {
  readonly caller: Caller;
  readonly vendorId: Id<"vnd">;
  readonly promotionId: Id<"prm">;
  readonly body: PromotionInput;
  readonly ifMatch: string | undefined;
  readonly traceparent: string;
}

/**
 * Replaces a promotion's terms; what was booked with the old ones keeps them.
 * @throws vendorNotFound, roleInsufficient, promotionNotFound, promotionEnded, versionMissing, versionOutdated,
 * promotionCodeTaken, promotionResourceUnknown
 */
export async function replacePromotion(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, vendorId, promotionId, body, ifMatch, traceparent }: ReplacePromotionCall,
): Promise<PromotionView> {
  await lockVendor(unit.tx, caller, { vendorId, permission: endpoint.access });
  const before = await lockPromotion(unit.tx, { vendorId, promotionId });
  if (before.ended_at !== null) throw promotionEnded();
  requireVersion(ifMatch, before.version);
  await checkTerms(unit.tx, { vendorId, except: promotionId, terms: body });

  const now = clock.now();
  const { code, ...terms } = body;
  const promotion = { ...before, code, terms, version: before.version + 1 };
  await unit.tx
    .updateTable("promotions")
    .set({
      code,
      terms: JSON.stringify(terms),
      version: promotion.version,
      updated_at: now.toString(),
    })
    .where("id", "=", promotionId)
    .execute();
  unit.announce(promotionPublished, {
    subject: promotionId,
    version: promotion.version,
    data: promotionFacts(promotion),
    traceparent,
    time: now,
  });
  return promotionView(promotion);
}
