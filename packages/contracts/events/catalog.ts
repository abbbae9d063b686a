/** What catalog tells the others: who the vendors are and what can be booked under which rules. */
import { z } from "zod";
import { defineEvent } from "../define-event.ts";
import { id } from "../ids.ts";
import { resourceSnapshot } from "../resource-snapshot.ts";

const vendorFacts = z.object({ vendorId: id("vnd"), ownerId: id("usr"), name: z.string() });

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
