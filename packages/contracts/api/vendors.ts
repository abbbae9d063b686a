/** A vendor's way from draft to verified and beyond, its profile, and the people who act for it. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { memberRoles } from "../events/catalog.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";
import { vendorParams, vendorProfile, vendorStatuses, vendorView } from "./catalog.ts";
import { page, pageQuery } from "./paging.ts";

/** Where a document is kept, and what it is; the document itself never passes through here. */
export const documentReference = z
  .strictObject({
    kind: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .describe("`trade-licence`, `identity`, `insurance`: as the platform asks for them"),
    reference: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .describe("An address or number under which whoever reviews finds it"),
    note: z.string().trim().max(500).default(""),
  })
  .meta({ id: "DocumentReference" });
export type DocumentReference = z.infer<typeof documentReference>;

const reason = z.string().trim().min(1).max(500);

/** A step of a vendor's onboarding, by its verb. */
function vendorStep<Body extends z.ZodType, const By extends "vendor:submit:own" | "vendor:verify:any">(
  name: string,
  of: {
    readonly path: string;
    readonly summary: string;
    readonly access: By;
    readonly body?: Body;
    readonly problems?: readonly string[];
  },
) {
  return defineEndpoint({
    name,
    service: "catalog",
    method: "post",
    path: `/v1/vendors/{vendorId}/${of.path}`,
    summary: of.summary,
    access: of.access,
    params: vendorParams,
    ...(of.body ? { body: of.body } : undefined),
    etag: "answered",
    answers: { status: 200, description: "The vendor as it then stands", body: vendorView },
    problems: ["catalog/vendor-not-found", "catalog/vendor-transition-not-allowed", ...(of.problems ?? [])],
  });
}

export const submitVendor = vendorStep("submitVendor", {
  path: "submit",
  summary: "Send in a vendor's documents and ask for verification; again, to replace them before the review",
  access: "vendor:submit:own",
  body: z.strictObject({ documents: z.array(documentReference).min(1).max(20) }),
  problems: ["catalog/role-insufficient"],
});

export const reviewVendor = vendorStep("reviewVendor", {
  path: "review",
  summary: "Begin to review a submitted vendor",
  access: "vendor:verify:any",
});

export const rejectVendor = vendorStep("rejectVendor", {
  path: "reject",
  summary: "Reject a submitted vendor; it may submit again",
  access: "vendor:verify:any",
  body: z.strictObject({ reasons: z.array(reason).min(1).max(20) }),
});

export const suspendVendor = vendorStep("suspendVendor", {
  path: "suspend",
  summary: "Suspend a verified vendor: its resources take no new bookings, those they have stand",
  access: "vendor:verify:any",
  body: z.strictObject({ reason }),
});

export const reinstateVendor = vendorStep("reinstateVendor", {
  path: "reinstate",
  summary: "End a vendor's suspension: its resources take bookings again",
  access: "vendor:verify:any",
});

export const changeVendor = defineEndpoint({
  name: "changeVendor",
  service: "catalog",
  method: "patch",
  path: "/v1/vendors/{vendorId}",
  summary: "Change a vendor's profile",
  description:
    "A new name reaches booking with a resource's next publication. What stands on invoices is on those that are issued from then on; an issued one never changes.",
  access: "vendor:write:own",
  params: vendorParams,
  body: z
    .strictObject({
      name: vendorProfile.name.optional(),
      description: vendorProfile.description.optional(),
      contactUrl: vendorProfile.contactUrl.optional(),
      legalName: vendorProfile.legalName.optional(),
      taxId: vendorProfile.taxId.optional(),
      address: vendorProfile.address.optional(),
    })
    .refine(
      (profile) => Object.values(profile).some((given) => given !== undefined),
      "must change something",
    ),
  etag: "required",
  answers: { status: 200, description: "The vendor", body: vendorView },
  problems: [
    "catalog/vendor-not-found",
    "catalog/role-insufficient",
    "catalog/version-missing",
    "catalog/version-outdated",
  ],
});

export const listVendors = defineEndpoint({
  name: "listVendors",
  service: "catalog",
  method: "get",
  path: "/v1/vendors",
  summary: "The vendors the caller acts for, newest first; all of them for an administrator",
  access: "vendor:read:own",
  query: pageQuery.extend({ status: z.enum(vendorStatuses).optional() }),
  answers: { status: 200, description: "A page of vendors", body: page(vendorView) },
});

/** One step a vendor took, or somebody took with it. */
export const vendorHistoryEntry = z
  .object({
    version: z.int().min(1).describe("The vendor's version after it"),
    at: utcInstant,
    action: z.string(),
    from: z.enum(vendorStatuses).nullable(),
    to: z.enum(vendorStatuses),
    by: id("usr"),
    reasons: z.array(z.string()),
    documents: z.array(documentReference),
  })
  .meta({ id: "VendorHistoryEntry" });
export type VendorHistoryEntry = z.infer<typeof vendorHistoryEntry>;

export const getVendorHistory = defineEndpoint({
  name: "getVendorHistory",
  service: "catalog",
  method: "get",
  path: "/v1/vendors/{vendorId}/history",
  summary: "The last hundred steps of a vendor's onboarding, newest first, for its owners and administrators",
  access: "vendor:submit:own",
  params: vendorParams,
  answers: {
    status: 200,
    description: "The steps, with who took them and why",
    body: z.object({ entries: z.array(vendorHistoryEntry) }),
  },
  problems: ["catalog/vendor-not-found", "catalog/role-insufficient"],
});

/** Somebody who acts for a vendor. */
export const vendorMember = z
  .object({
    vendorId: id("vnd"),
    userId: id("usr"),
    role: z.enum(memberRoles),
    addedAt: utcInstant,
  })
  .meta({ id: "VendorMember" });
export type VendorMember = z.infer<typeof vendorMember>;

export const addVendorMember = defineEndpoint({
  name: "addVendorMember",
  service: "catalog",
  method: "post",
  path: "/v1/vendors/{vendorId}/members",
  summary: "Let a person act for the vendor, or do so in another role, for its owners",
  description:
    "Whoever acts for a vendor has the role `vendor` as well, in the tokens they get from then on; who is taken from it may do nothing for it at once.",
  access: "vendor:members:own",
  params: vendorParams,
  body: z.strictObject({ userId: id("usr"), role: z.enum(memberRoles) }),
  answers: { status: 201, description: "The member", body: vendorMember },
  problems: [
    "catalog/vendor-not-found",
    "catalog/role-insufficient",
    "catalog/last-owner",
    "catalog/too-many-members",
  ],
});

export const listVendorMembers = defineEndpoint({
  name: "listVendorMembers",
  service: "catalog",
  method: "get",
  path: "/v1/vendors/{vendorId}/members",
  summary: "Everybody who acts for the vendor, for its owners",
  access: "vendor:members:own",
  params: vendorParams,
  answers: {
    status: 200,
    description: "The members, longest there first",
    body: z.object({ items: z.array(vendorMember) }),
  },
  problems: ["catalog/vendor-not-found", "catalog/role-insufficient"],
});

export const removeVendorMember = defineEndpoint({
  name: "removeVendorMember",
  service: "catalog",
  method: "delete",
  path: "/v1/vendors/{vendorId}/members/{userId}",
  summary: "Let a person act for the vendor no longer, for its owners",
  access: "vendor:members:own",
  params: vendorParams.extend({ userId: id("usr") }),
  answers: { status: 204, description: "They act for it no longer" },
  problems: [
    "catalog/vendor-not-found",
    "catalog/member-not-found",
    "catalog/role-insufficient",
    "catalog/last-owner",
  ],
});
