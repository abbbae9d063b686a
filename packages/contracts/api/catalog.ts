/** Catalog's endpoints: vendors, their resources, and the public list of what can be booked. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { resourceRules } from "../resource-snapshot.ts";
import { utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

/** A vendor as its owner and administrators see it. */
export const vendorView = z
  .object({
    vendorId: id("vnd"),
    ownerId: id("usr"),
    name: z.string(),
    status: z.enum(["registered", "verified"]),
    createdAt: utcInstant,
  })
  .meta({ id: "Vendor" });
export type VendorView = z.infer<typeof vendorView>;

/** A resource with its rules. */
export const resourceView = z
  .object({
    resourceId: id("res"),
    vendorId: id("vnd"),
    vendorName: z.string(),
    status: z.enum(["draft", "published", "retired"]),
    version: z.int().min(1),
    rules: resourceRules,
  })
  .meta({ id: "Resource" });
export type ResourceView = z.infer<typeof resourceView>;

const vendorParams = z.object({ vendorId: id("vnd") });
const resourceParams = z.object({ resourceId: id("res") });

export const registerVendor = defineEndpoint({
  name: "registerVendor",
  service: "catalog",
  method: "post",
  path: "/v1/vendors",
  summary: "Register a vendor, owned by the caller",
  access: "vendor:write:own",
  idempotencyKey: "optional",
  body: z.strictObject({ name: z.string().trim().min(1).max(200) }),
  answers: { status: 201, description: "The vendor, waiting for verification", body: vendorView },
});

export const getVendor = defineEndpoint({
  name: "getVendor",
  service: "catalog",
  method: "get",
  path: "/v1/vendors/{vendorId}",
  summary: "A vendor, for its owner or an administrator",
  access: "vendor:write:own",
  params: vendorParams,
  answers: { status: 200, description: "The vendor", body: vendorView },
  problems: ["catalog/vendor-not-found"],
});

export const verifyVendor = defineEndpoint({
  name: "verifyVendor",
  service: "catalog",
  method: "post",
  path: "/v1/vendors/{vendorId}/verify",
  summary: "Verify a vendor, so that its resources can be published",
  access: "vendor:verify:any",
  params: vendorParams,
  answers: { status: 200, description: "The verified vendor", body: vendorView },
  problems: ["catalog/vendor-not-found"],
});

export const createResource = defineEndpoint({
  name: "createResource",
  service: "catalog",
  method: "post",
  path: "/v1/resources",
  summary: "Create a resource as a draft",
  access: "resource:write:own",
  idempotencyKey: "optional",
  body: z.strictObject({ vendorId: id("vnd"), rules: resourceRules }),
  answers: { status: 201, description: "The draft", body: resourceView },
  problems: ["catalog/vendor-not-found"],
});

export const listResources = defineEndpoint({
  name: "listResources",
  service: "catalog",
  method: "get",
  path: "/v1/resources",
  summary: "What can be booked",
  access: "public",
  query: pageQuery.extend({ vendorId: id("vnd").optional(), kind: z.string().max(60).optional() }),
  answers: { status: 200, description: "Published resources, newest first", body: page(resourceView) },
});

export const getResource = defineEndpoint({
  name: "getResource",
  service: "catalog",
  method: "get",
  path: "/v1/resources/{resourceId}",
  summary: "A resource; drafts only for their owner",
  access: "public",
  params: resourceParams,
  answers: { status: 200, description: "The resource; its version is the ETag", body: resourceView },
  problems: ["catalog/resource-not-found"],
});

export const replaceResource = defineEndpoint({
  name: "replaceResource",
  service: "catalog",
  method: "put",
  path: "/v1/resources/{resourceId}",
  summary: "Replace a resource's rules",
  description:
    "`If-Match` with the ETag last read is required. A published resource is published again at once.",
  access: "resource:write:own",
  params: resourceParams,
  body: z.strictObject({ rules: resourceRules }),
  answers: { status: 200, description: "The new version", body: resourceView },
  problems: [
    "catalog/resource-not-found",
    "catalog/version-missing",
    "catalog/version-outdated",
    "catalog/resource-retired",
  ],
});

export const publishResource = defineEndpoint({
  name: "publishResource",
  service: "catalog",
  method: "post",
  path: "/v1/resources/{resourceId}/publish",
  summary: "Make a resource bookable",
  access: "resource:write:own",
  params: resourceParams,
  answers: { status: 200, description: "The published resource", body: resourceView },
  problems: ["catalog/resource-not-found", "catalog/vendor-unverified", "catalog/resource-retired"],
});

export const retireResource = defineEndpoint({
  name: "retireResource",
  service: "catalog",
  method: "post",
  path: "/v1/resources/{resourceId}/retire",
  summary: "Take no new bookings for a resource; those it has stand",
  access: "resource:write:own",
  params: resourceParams,
  answers: { status: 200, description: "The retired resource", body: resourceView },
  problems: ["catalog/resource-not-found"],
});
