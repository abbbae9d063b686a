/** Can this code be used for this booking? Pure: what is known of the codes in, the terms or the refusal out. */
import type { Id } from "@holdfast/contracts/ids";
import type { PromotionTerms } from "@holdfast/contracts/price-rules";
import { promotionNotUsable } from "../problems.ts";
import type { KnownPromotion } from "./known-promotions.ts";

/** Who wants to use a code for what. */
export interface PromotionUse {
  readonly code: string;
  readonly vendorId: string;
  readonly resourceId: Id<"res">;
  readonly customerId: string | undefined;
  readonly now: Temporal.Instant;
}

// A code that somebody else's vendor has reads like one that nobody has: codes cannot be searched for.
const unknown = "There is no such code for what you book.";

/** The terms of the code. @throws promotionNotUsable, saying why it cannot be used */
export function usablePromotion(known: Iterable<KnownPromotion>, use: PromotionUse): PromotionTerms {
  const named = [...known].filter((one) => one.vendor_id === use.vendorId && one.code === use.code);
  const promotion = named.find((one) => !one.ended) ?? named.at(-1);
  if (!promotion?.terms) throw promotionNotUsable(unknown);
  const { terms } = promotion;
  if (promotion.ended) throw promotionNotUsable("The code can no longer be used.");
  if (terms.resourceIds.length > 0 && !terms.resourceIds.includes(use.resourceId)) {
    throw promotionNotUsable("The code is not for this resource.");
  }
  const nowMs = use.now.epochMilliseconds;
  if (terms.validFrom !== null && nowMs < Date.parse(terms.validFrom)) {
    throw promotionNotUsable(`The code can be used from ${terms.validFrom} on.`);
  }
  if (terms.validUntil !== null && nowMs >= Date.parse(terms.validUntil)) {
    throw promotionNotUsable(`The code could be used until ${terms.validUntil}.`);
  }
  requireUsesLeft(promotion, use.customerId);
  return termsOf(terms);
}

/** Is there a use left, for this customer too? @throws promotionNotUsable */
export function requireUsesLeft(promotion: KnownPromotion, customerId: string | undefined): void {
  const { maximumUses = null, maximumUsesPerCustomer = null } = promotion.terms ?? {};
  if (maximumUses !== null && promotion.uses >= maximumUses) {
    throw promotionNotUsable("The code has been used as often as it can be.");
  }
  const own = customerId === undefined ? 0 : (promotion.usesOf.get(customerId) ?? 0);
  if (maximumUsesPerCustomer !== null && own >= maximumUsesPerCustomer) {
    throw promotionNotUsable("You have used the code as often as you can.");
  }
}

/** What a price is made with, of all that a promotion says. */
export function termsOf({ promotionId, code, label, discount }: PromotionTerms): PromotionTerms {
  return { promotionId, code, label, discount };
}
