/** Promotion codes: a vendor's own business, never shown to guests; booking learns the terms by events. */
import { z } from "zod";
import { forgiving } from "../availability-rules.ts";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { promotionDiscount } from "../price-rules.ts";
import { instant, isBefore, utcInstant } from "../values.ts";
import { vendorParams } from "./catalog.ts";
import { page, pageQuery } from "./paging.ts";

const mostUses = 1_000_000_000;

/** What a vendor says about a promotion. */
export const promotionInput = z
  .strictObject({
    code: z
      .string()
      .regex(/^[A-Z0-9-]{3,40}$/, "must be 3 to 40 capital letters, digits and hyphens")
      .describe("Unique among the vendor's codes that have not ended"),
    label: z.string().trim().min(1).max(100).describe("How the guest's price names it"),
    discount: promotionDiscount(z.strictObject),
    resourceIds: z
      .array(id("res"))
      .max(200)
      .default([])
      .describe("Resources it is for; all of the vendor's where empty"),
    validFrom: instant.nullable().default(null).describe("It can be used from this instant on"),
    validUntil: instant.nullable().default(null).describe("It can be used before this instant"),
    maximumUses: z.int().min(1).max(mostUses).nullable().default(null).describe("By all guests together"),
    maximumUsesPerCustomer: z.int().min(1).max(mostUses).nullable().default(null).describe("By one guest"),
  })
  .superRefine((promotion, context) => {
    const { discount, validFrom, validUntil, resourceIds, maximumUses, maximumUsesPerCustomer } = promotion;
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    if ("amountMinor" in discount && discount.amountMinor === 0)
      complain(["discount", "amountMinor"], "must take something off");
    if (validFrom !== null && validUntil !== null && !isBefore(validFrom, validUntil))
      complain(["validUntil"], "must be after validFrom");
    if (maximumUses !== null && maximumUsesPerCustomer !== null && maximumUsesPerCustomer > maximumUses)
      complain(["maximumUsesPerCustomer"], "must not be more than maximumUses");
    for (const [index, one] of resourceIds.entries())
      if (resourceIds.indexOf(one) < index) complain(["resourceIds", index], "is there already");
  })
  .meta({ id: "PromotionInput" });
export type PromotionInput = z.output<typeof promotionInput>;

/** A promotion as the vendor's members see it. */
export const promotionView = z
  .object({
    promotionId: id("prm"),
    vendorId: id("vnd"),
    version: z.int().min(1),
    code: z.string(),
    label: z.string(),
    discount: promotionDiscount(forgiving),
    resourceIds: z.array(id("res")),
    validFrom: utcInstant.nullable(),
    validUntil: utcInstant.nullable(),
    maximumUses: z.int().nullable(),
    maximumUsesPerCustomer: z.int().nullable(),
    endedAt: utcInstant.nullable().describe("Null while it has not been ended"),
    createdAt: utcInstant,
  })
  .meta({ id: "Promotion" });
export type PromotionView = z.infer<typeof promotionView>;

const promotionParams = vendorParams.extend({ promotionId: id("prm") });

export const createPromotion = defineEndpoint({
  name: "createPromotion",
  service: "catalog",
  method: "post",
  path: "/v1/vendors/{vendorId}/promotions",
  summary: "Publish a promotion code",
  access: "resource:write:own",
  params: vendorParams,
  body: promotionInput,
  etag: "answered",
  answers: { status: 201, description: "The promotion", body: promotionView },
  problems: [
    "catalog/vendor-not-found",
    "catalog/role-insufficient",
    "catalog/promotion-code-taken",
    "catalog/promotion-resource-unknown",
  ],
});

export const listPromotions = defineEndpoint({
  name: "listPromotions",
  service: "catalog",
  method: "get",
  path: "/v1/vendors/{vendorId}/promotions",
  summary: "A vendor's promotions, newest first, for its members",
  access: "resource:read:own",
  params: vendorParams,
  query: pageQuery.extend({ ended: z.stringbool().optional() }),
  answers: { status: 200, description: "A page of promotions", body: page(promotionView) },
  problems: ["catalog/vendor-not-found"],
});

export const replacePromotion = defineEndpoint({
  name: "replacePromotion",
  service: "catalog",
  method: "put",
  path: "/v1/vendors/{vendorId}/promotions/{promotionId}",
  summary: "Replace a promotion's terms; bookings made with it keep theirs",
  access: "resource:write:own",
  params: promotionParams,
  body: promotionInput,
  etag: "required",
  answers: { status: 200, description: "The new version", body: promotionView },
  problems: [
    "catalog/vendor-not-found",
    "catalog/promotion-not-found",
    "catalog/role-insufficient",
    "catalog/version-missing",
    "catalog/version-outdated",
    "catalog/promotion-ended",
    "catalog/promotion-code-taken",
    "catalog/promotion-resource-unknown",
  ],
});

export const endPromotion = defineEndpoint({
  name: "endPromotion",
  service: "catalog",
  method: "post",
  path: "/v1/vendors/{vendorId}/promotions/{promotionId}/end",
  summary: "End a promotion for good; bookings made with it stand",
  access: "resource:write:own",
  params: promotionParams,
  etag: "answered",
  answers: { status: 200, description: "The ended promotion", body: promotionView },
  problems: ["catalog/vendor-not-found", "catalog/promotion-not-found", "catalog/role-insufficient"],
});
