/** What catalog tells the others: who the vendors are and what can be booked under which rules. */
import { z } from "zod";
import { defineEvent } from "../define-event.ts";
import { id } from "../ids.ts";
import { promotionTerms } from "../price-rules.ts";
import { resourceSnapshot } from "../resource-snapshot.ts";
import { utcInstant } from "../values.ts";

const vendorFacts = z.object({ vendorId: id("vnd"), ownerId: id("usr"), name: z.string() });

/** What people may do for a vendor: everything; everything but its people; the day's bookings. */
export const memberRoles = ["owner", "manager", "staff"] as const;
export type MemberRole = (typeof memberRoles)[number];

/** A vendor was registered; its resources cannot be published yet. */
export const vendorRegistered = defineEvent("vendor.registered.v1", {
  emitter: "catalog",
  description: "A vendor was registered and waits for verification.",
  data: vendorFacts,
});

/** A vendor was verified: its resources may be published. */
export const vendorVerified = defineEvent("vendor.verified.v1", {
  emitter: "catalog",
  description: "An administrator verified the vendor.",
  data: vendorFacts,
});

/** The vendor sent in its documents. */
export const vendorSubmitted = defineEvent("vendor.submitted.v1", {
  emitter: "catalog",
  description: "A vendor sent in its documents and asks to be verified.",
  data: vendorFacts,
});

/** Somebody looks at the documents. */
export const vendorReviewStarted = defineEvent("vendor.review-started.v1", {
  emitter: "catalog",
  description: "An administrator began to review the vendor.",
  data: vendorFacts,
});

/** Not verified; the vendor may send in better documents. */
export const vendorRejected = defineEvent("vendor.rejected.v1", {
  emitter: "catalog",
  description: "An administrator rejected the vendor. Its resources take no bookings.",
  data: vendorFacts.extend({
    reasons: z
      .array(z.string())
      .meta({ description: "Empty: events carry nothing a person wrote; see the vendor's `reasons`" }),
  }),
});

/** Its resources take no bookings until it is verified again; the bookings they have stand. */
export const vendorSuspended = defineEvent("vendor.suspended.v1", {
  emitter: "catalog",
  description:
    "An administrator suspended the vendor. Its resources take no new bookings; those they have stand.",
  data: vendorFacts.extend({
    reason: z
      .string()
      .meta({ description: "Empty: events carry nothing a person wrote; see the vendor's `reasons`" }),
  }),
});

/** Somebody may act for the vendor, or may do so in another role than before. */
export const vendorMemberAdded = defineEvent("vendor.member-added.v1", {
  emitter: "catalog",
  description: "A person may act for the vendor in this role from now on.",
  data: z.object({ vendorId: id("vnd"), userId: id("usr"), role: z.enum(memberRoles) }),
});

/** Somebody may no longer act for the vendor. */
export const vendorMemberRemoved = defineEvent("vendor.member-removed.v1", {
  emitter: "catalog",
  description: "A person may no longer act for the vendor.",
  data: z.object({ vendorId: id("vnd"), userId: id("usr") }),
});

/** A code that takes something off can be used, or under other terms than before. */
export const promotionPublished = defineEvent("promotion.published.v1", {
  emitter: "catalog",
  description: "A promotion code can be used under these terms; a higher version replaces a lower one.",
  data: promotionTerms.extend({
    vendorId: id("vnd"),
    version: z.int().min(1),
    /** Resources it is for; all of the vendor's where empty. */
    resourceIds: z.array(id("res")),
    validFrom: utcInstant.nullable(),
    validUntil: utcInstant.nullable(),
    maximumUses: z.int().min(1).nullable(),
    maximumUsesPerCustomer: z.int().min(1).nullable(),
  }),
});

/** A code can no longer be used; bookings made with it stand. */
export const promotionEnded = defineEvent("promotion.ended.v1", {
  emitter: "catalog",
  description: "A promotion code can no longer be used.",
  data: z.object({ promotionId: id("prm"), vendorId: id("vnd"), version: z.int().min(1) }),
});

/** A resource, or a new version of its rules, can be booked from now on. */
export const resourcePublished = defineEvent("resource.published.v1", {
  emitter: "catalog",
  description:
    "A resource was published, with the whole of its rules; a higher version replaces a lower one.",
  data: resourceSnapshot,
});

/** A resource takes no new bookings; those it has stand. */
export const resourceRetired = defineEvent("resource.retired.v1", {
  emitter: "catalog",
  description: "A resource takes no new bookings. Bookings it has stand.",
  data: z.object({ resourceId: id("res"), version: z.int().min(1) }),
});
