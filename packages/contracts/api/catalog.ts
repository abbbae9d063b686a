/** Catalog's first endpoints: registering and verifying vendors, their resources, the public list of what can be booked. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { resourceRules } from "../resource-snapshot.ts";
import { utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

/** How far a vendor has come; which step leads where, and who may take it, is in `services/catalog/vendors/onboarding.ts`. */
export const vendorStatuses = [
  "draft",
  "submitted",
  "in-review",
  "verified",
  "rejected",
  "suspended",
] as const;
export type VendorStatus = (typeof vendorStatuses)[number];

/** Where a vendor has its seat, as it stands on what it sends out. */
export const postalAddress = z
  .strictObject({
    lines: z
      .array(z.string().trim().min(1).max(100))
      .min(1)
      .max(3)
      .describe("Street and number, and what else stands above the town"),
    postalCode: z.string().trim().max(20).default(""),
    city: z.string().trim().min(1).max(100),
    region: z.string().trim().max(100).default(""),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "must be two capital letters")
      .describe("ISO 3166"),
  })
  .meta({ id: "PostalAddress" });
export type PostalAddress = z.infer<typeof postalAddress>;

/** What a vendor says about itself. */
export const vendorProfile = {
  name: z.string().trim().min(1).max(200),
  description: z.string().trim().max(4000),
  contactUrl: z
    .url({ protocol: /^https?$/, hostname: z.regexes.domain, error: "must be an http or https address" })
    .max(500)
    .nullable()
    .describe("A page where the vendor can be reached"),
  legalName: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .nullable()
    .describe("The name it does business under, on invoices; `name` where there is none"),
  taxId: z.string().trim().min(1).max(40).nullable().describe("Its number with the tax office, on invoices"),
  address: postalAddress.nullable().describe("Its seat, on invoices"),
};

/** A profile that is not given yet. */
const unsaid = {
  description: vendorProfile.description.default(""),
  contactUrl: vendorProfile.contactUrl.default(null),
  legalName: vendorProfile.legalName.default(null),
  taxId: vendorProfile.taxId.default(null),
  address: vendorProfile.address.default(null),
};

/** A vendor as its members and administrators see it. */
export const vendorView = z
  .object({
    vendorId: id("vnd"),
    ownerId: id("usr").describe("An owner: whoever registered it, while they are one"),
    name: z.string(),
    description: z.string(),
    contactUrl: z.string().nullable(),
    legalName: z.string().nullable(),
    taxId: z.string().nullable(),
    address: postalAddress.nullable(),
    status: z.enum(vendorStatuses),
    reasons: z.array(z.string()).describe("Why it was rejected or suspended, while it is"),
    version: z.int().min(1).describe("Grows with every change of the vendor or its members"),
    createdAt: utcInstant,
  })
  .meta({ id: "Vendor" });
export type VendorView = z.infer<typeof vendorView>;

export const resourceStatuses = ["draft", "published", "retired"] as const;

/** A resource with its rules. */
export const resourceView = z
  .object({
    resourceId: id("res"),
    vendorId: id("vnd"),
    vendorName: z.string(),
    status: z.enum(resourceStatuses),
    version: z.int().min(1),
    rules: resourceRules,
  })
  .meta({ id: "Resource" });
export type ResourceView = z.infer<typeof resourceView>;

/** Room for many exceptions and closures; and their event stays well below what a message on the bus may weigh (1 MiB). */
const rulesMaxBytes = 512 * 1024;

/** Names a vendor. */
export const vendorParams = z.object({ vendorId: id("vnd") });
const resourceParams = z.object({ resourceId: id("res") });

export const registerVendor = defineEndpoint({
  name: "registerVendor",
  service: "catalog",
  method: "post",
  path: "/v1/vendors",
  summary: "Register a vendor as a draft, owned by the caller",
  access: "vendor:write:own",
  body: z.strictObject({ name: vendorProfile.name, ...unsaid }),
  etag: "answered",
  answers: { status: 201, description: "The draft", body: vendorView },
});

export const getVendor = defineEndpoint({
  name: "getVendor",
  service: "catalog",
  method: "get",
  path: "/v1/vendors/{vendorId}",
  summary: "A vendor, for its members or an administrator",
  access: "vendor:read:own",
  params: vendorParams,
  etag: "answered",
  answers: { status: 200, description: "The vendor", body: vendorView },
  problems: ["catalog/vendor-not-found"],
});

export const verifyVendor = defineEndpoint({
  name: "verifyVendor",
  service: "catalog",
  method: "post",
  path: "/v1/vendors/{vendorId}/verify",
  summary: "Verify a vendor that was submitted, so that its resources can be published",
  access: "vendor:verify:any",
  params: vendorParams,
  etag: "answered",
  answers: { status: 200, description: "The verified vendor", body: vendorView },
  problems: ["catalog/vendor-not-found", "catalog/vendor-transition-not-allowed"],
});

export const createResource = defineEndpoint({
  name: "createResource",
  service: "catalog",
  method: "post",
  path: "/v1/resources",
  summary: "Create a resource as a draft",
  access: "resource:write:own",
  body: z.strictObject({ vendorId: id("vnd"), rules: resourceRules }),
  maxBodyBytes: rulesMaxBytes,
  etag: "answered",
  answers: { status: 201, description: "The draft", body: resourceView },
  problems: ["catalog/vendor-not-found", "catalog/role-insufficient", "catalog/holidays-unknown"],
});

export const listVendorResources = defineEndpoint({
  name: "listVendorResources",
  service: "catalog",
  method: "get",
  path: "/v1/vendors/{vendorId}/resources",
  summary: "A vendor's resources, drafts and retired ones too, for its members",
  access: "resource:read:own",
  params: vendorParams,
  query: pageQuery.extend({ status: z.enum(resourceStatuses).optional() }),
  answers: { status: 200, description: "The vendor's resources, newest first", body: page(resourceView) },
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
  answers: {
    status: 200,
    description: "Published resources of verified vendors, newest first",
    body: page(resourceView),
  },
});

export const getResource = defineEndpoint({
  name: "getResource",
  service: "catalog",
  method: "get",
  path: "/v1/resources/{resourceId}",
  summary: "A resource; drafts only for their vendor's members",
  access: "public",
  params: resourceParams,
  etag: "answered",
  answers: { status: 200, description: "The resource", body: resourceView },
  problems: ["catalog/resource-not-found"],
});

export const replaceResource = defineEndpoint({
  name: "replaceResource",
  service: "catalog",
  method: "put",
  path: "/v1/resources/{resourceId}",
  summary: "Replace a resource's rules",
  description: "A published resource is published again at once.",
  access: "resource:write:own",
  params: resourceParams,
  body: z.strictObject({ rules: resourceRules }),
  maxBodyBytes: rulesMaxBytes,
  etag: "required",
  answers: { status: 200, description: "The new version", body: resourceView },
  problems: [
    "catalog/resource-not-found",
    "catalog/role-insufficient",
    "catalog/version-missing",
    "catalog/version-outdated",
    "catalog/resource-retired",
    "catalog/holidays-unknown",
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
  etag: "answered",
  answers: { status: 200, description: "The published resource", body: resourceView },
  problems: [
    "catalog/resource-not-found",
    "catalog/role-insufficient",
    "catalog/vendor-unverified",
    "catalog/resource-retired",
    "catalog/rules-outdated",
  ],
});

export const retireResource = defineEndpoint({
  name: "retireResource",
  service: "catalog",
  method: "post",
  path: "/v1/resources/{resourceId}/retire",
  summary: "Take no new bookings for a resource; those it has stand",
  access: "resource:write:own",
  params: resourceParams,
  etag: "answered",
  answers: { status: 200, description: "The retired resource", body: resourceView },
  problems: ["catalog/resource-not-found", "catalog/role-insufficient"],
});
