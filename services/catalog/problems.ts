/** Every refusal of catalog. */
import { defineProblem } from "@holdfast/chassis/problem";

export const vendorNotFound = defineProblem("catalog/vendor-not-found", 404, "There is no such vendor.");
export const vendorUnverified = defineProblem(
  "catalog/vendor-unverified",
  409,
  "The vendor is not verified, so its resources cannot be published.",
);
export const vendorTransitionNotAllowed = defineProblem(
  "catalog/vendor-transition-not-allowed",
  409,
  "The vendor's onboarding does not lead there from where it stands.",
);
export const roleInsufficient = defineProblem(
  "catalog/role-insufficient",
  403,
  "The caller's role with this vendor does not allow it.",
);
export const memberNotFound = defineProblem(
  "catalog/member-not-found",
  404,
  "Nobody with this id acts for the vendor.",
);
export const lastOwner = defineProblem("catalog/last-owner", 409, "A vendor keeps at least one owner.");
export const tooManyMembers = defineProblem(
  "catalog/too-many-members",
  409,
  "The vendor has as many members as it may.",
);
export const resourceNotFound = defineProblem(
  "catalog/resource-not-found",
  404,
  "There is no such resource.",
);
export const resourceRetired = defineProblem(
  "catalog/resource-retired",
  409,
  "The resource is retired, and stays as it is.",
);
export const holidaysUnknown = defineProblem(
  "catalog/holidays-unknown",
  422,
  "The public holidays of this country or region are not known.",
);
export const rulesOutdated = defineProblem(
  "catalog/rules-outdated",
  409,
  "The rules were written under an earlier release and are not allowed any longer; replace them first.",
);
export const promotionNotFound = defineProblem(
  "catalog/promotion-not-found",
  404,
  "The vendor has no such promotion.",
);
export const promotionEnded = defineProblem(
  "catalog/promotion-ended",
  409,
  "The promotion has ended, and stays as it is.",
);
export const promotionCodeTaken = defineProblem(
  "catalog/promotion-code-taken",
  409,
  "Another promotion of the vendor that has not ended has this code.",
);
export const promotionResourceUnknown = defineProblem(
  "catalog/promotion-resource-unknown",
  422,
  "A promotion can only be for resources of its own vendor.",
);
export const versionMissing = defineProblem(
  "catalog/version-missing",
  428,
  "An If-Match header with the ETag last read is needed.",
);
export const versionOutdated = defineProblem(
  "catalog/version-outdated",
  412,
  "It has changed since it was read; read it again.",
);
