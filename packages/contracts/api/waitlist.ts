/** The waiting list: what is taken now, and who is next when it becomes free. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { endsAfterStart, instant, utcInstant } from "../values.ts";
import { page, pageQuery } from "./paging.ts";

export const waitlistStatuses = ["waiting", "offered", "taken", "missed", "left", "lapsed"] as const;
export type WaitlistStatus = (typeof waitlistStatuses)[number];

/** Somebody's place in a line. */
export const waitlistEntry = z
  .object({
    entryId: id("wtl"),
    resourceId: id("res"),
    startsAt: utcInstant,
    endsAt: utcInstant,
    quantity: z.int().min(1),
    people: z.int().min(1),
    status: z
      .enum(waitlistStatuses)
      .describe(
        "`taken`: offered and paid; `missed`: offered and not paid in time; `lapsed`: its time came before its turn",
      ),
    position: z
      .int()
      .min(1)
      .nullable()
      .describe(
        "How many wait for some of the same time, this one included, up to it; null for one that waits no longer",
      ),
    bookingId: id("bkg").nullable().describe("The booking that holds what was offered"),
    createdAt: utcInstant,
  })
  .meta({ id: "WaitlistEntry" });
export type WaitlistEntry = z.infer<typeof waitlistEntry>;

const entryParams = z.object({ entryId: id("wtl") });

export const joinWaitlist = defineEndpoint({
  name: "joinWaitlist",
  service: "booking",
  method: "post",
  path: "/v1/waitlist",
  summary: "Wait for a time that is taken",
  description:
    "When it becomes free, whoever is first in line gets it held as a booking, and a mail; it is theirs once paid. Asking again for the same gives the place one has.",
  access: "booking:create:own",
  body: z
    .strictObject({
      resourceId: id("res"),
      startsAt: instant,
      endsAt: instant,
      quantity: z.int().min(1).max(1000).default(1),
      people: z.int().min(1).max(10_000).default(1),
    })
    .refine(...endsAfterStart),
  answers: { status: 201, description: "The place in line", body: waitlistEntry },
  problems: [
    "booking/resource-not-bookable",
    "booking/time-not-bookable",
    "booking/too-many-people",
    "booking/slot-free",
    "booking/slot-taken",
    "booking/no-waitlist",
    "booking/waitlist-full",
  ],
});

export const listWaitlist = defineEndpoint({
  name: "listWaitlist",
  service: "booking",
  method: "get",
  path: "/v1/waitlist",
  summary: "What the caller waits for, and waited for, newest first",
  access: "booking:read:own",
  query: pageQuery,
  answers: { status: 200, description: "A page of entries", body: page(waitlistEntry) },
});

export const leaveWaitlist = defineEndpoint({
  name: "leaveWaitlist",
  service: "booking",
  method: "delete",
  path: "/v1/waitlist/{entryId}",
  summary: "Wait no longer",
  description: "What was offered already is a booking, and is cancelled as one.",
  access: "booking:create:own",
  params: entryParams,
  answers: { status: 204, description: "No longer waiting" },
  problems: ["booking/waitlist-entry-not-found"],
});
