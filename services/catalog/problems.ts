/** Every refusal of catalog. */
import { defineProblem } from "@holdfast/chassis/problem";

export const vendorNotFound = defineProblem("catalog/vendor-not-found", 404, "There is no such vendor.");
export const vendorUnverified = defineProblem(
  "catalog/vendor-unverified",
  409,
  "The vendor is not verified yet, so its resources cannot be published.",
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
export const versionMissing = defineProblem(
  "catalog/version-missing",
  428,
  "An If-Match header with the ETag last read is needed.",
);
export const versionOutdated = defineProblem(
  "catalog/version-outdated",
  412,
  "The resource has changed since it was read; read it again.",
);
