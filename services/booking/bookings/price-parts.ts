/** The price of a booking's parts by today's rules, or why it cannot be booked so. */
import type { PromotionTerms } from "@holdfast/contracts/price-rules";
import { promotionNotUsable, extraUnknown, timeNotBookable } from "../problems.ts";
import type { Problem } from "@holdfast/chassis/problem";
import { leadMinutes, type PriceContext } from "../pricing/price.ts";
import { termsOf, usablePromotion } from "../promotions/usable-promotion.ts";
import type { AskedBooking } from "./asked-booking.ts";
import type { FindRoomOptions, PlacedPart, Room } from "./find-room.ts";
import { mapNonEmpty } from "./non-empty.ts";
import { priceOfBasis, type PriceBasis, type PricedPart, type PriceRefused } from "./price-basis.ts";
import type { Surroundings } from "./surroundings.ts";

/** @throws extraUnknown, promotionNotUsable, timeNotBookable (price-too-large) */
export function priceParts(
  asked: AskedBooking,
  parts: Room["parts"],
  around: Surroundings,
  options: FindRoomOptions,
): Pick<Room, "price" | "promotionId" | "basis"> {
  const promotion = promotionFor(asked, parts[0], around, options);
  const basis: PriceBasis = {
    parts: mapNonEmpty(parts, (part, index) =>
      pricedPart(part, around.now, {
        people: asked.people,
        extras: index === 0 ? asked.extras : [],
        promotion: index === 0 ? promotion : null,
      }),
    ),
  };
  const price = priceOfBasis(basis);
  if ("refusal" in price) throw refusedPrice(price, asked, parts);
  return { price, promotionId: promotion?.promotionId ?? null, basis };
}

function pricedPart(
  part: PlacedPart,
  now: Temporal.Instant,
  of: Pick<PriceContext, "people" | "extras" | "promotion">,
): PricedPart {
  const { rules, version } = part.resource.snapshot;
  const { resourceId, startsAt, endsAt, quantity } = part.asked;
  const { occupancyPercent, time } = part;
  const { zone, price: rule } = rules;
  const context = {
    zone,
    startsAt,
    endsAt,
    length: time.length,
    quantity,
    leadMinutes: leadMinutes(startsAt, now.epochMilliseconds),
    occupancyPercent,
    ...of,
  };
  return { resourceId, version, rule, context };
}

function promotionFor(
  asked: AskedBooking,
  main: PlacedPart,
  around: Surroundings,
  { keepsPromotion, customerId }: FindRoomOptions,
): PromotionTerms | null {
  if (keepsPromotion !== undefined) {
    const terms = keepsPromotion === null ? null : around.promotions.get(keepsPromotion)?.terms;
    return terms ? termsOf(terms) : null;
  }
  if (asked.promotionCode === undefined) return null;
  return usablePromotion(around.promotions.values(), {
    code: asked.promotionCode,
    vendorId: main.resource.snapshot.vendorId,
    resourceId: main.asked.resourceId,
    customerId,
    now: around.now,
  });
}

function refusedPrice({ refusal }: PriceRefused, asked: AskedBooking, parts: Room["parts"]): Problem {
  if (refusal === "promotion-other-currency") return promotionNotUsable("The code is for another currency.");
  if (refusal === "too-large") {
    const message = "The price of that would be larger than can be charged.";
    return timeNotBookable(message, { errors: [{ field: "quantity", message, code: "price-too-large" }] });
  }
  const known = new Map(parts[0].resource.snapshot.rules.price.extras.map((one) => [one.code, one.maximum]));
  const errors = asked.extras.flatMap(({ code, quantity }, index) => {
    const maximum = known.get(code);
    const field = `extras.${index}`;
    if (maximum === undefined)
      return [{ field: `${field}.code`, message: "is no extra of the resource", code: "extra-unknown" }];
    if (quantity <= maximum) return [];
    const message = `may be ${maximum} at most`;
    return [{ field: `${field}.quantity`, message, code: "too-many-extras" }];
  });
  return extraUnknown(undefined, { errors });
}
