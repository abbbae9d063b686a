/** Calendars kept elsewhere, read in (feeds), and a resource's own calendar, given out (iCalendar, RFC 5545). */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { utcInstant } from "../values.ts";

const resourceParams = z.object({ resourceId: id("res") });
const feedParams = z.object({ resourceId: id("res"), feedId: id("fed") });

/** Why the last fetch came to nothing, or to less than the whole. */
export const feedErrors = [
  "address-not-allowed",
  "host-not-found",
  "unreachable",
  "timed-out",
  "too-many-redirects",
  "refused",
  "too-large",
  "not-a-calendar",
  "too-many-events",
  "too-complex",
  "too-many-times",
] as const;
export type FeedError = (typeof feedErrors)[number];

const busyTime = z.object({ startsAt: utcInstant, endsAt: utcInstant });

/** A calendar kept elsewhere, whose busy times take units of the resource. */
export const feedView = z
  .object({
    feedId: id("fed"),
    resourceId: id("res"),
    url: z.string(),
    staleAfterMinutes: z.int().min(1),
    whenStale: z.enum(["keep", "close"]),
    syncedAt: utcInstant.nullable().describe("When it was last read without an error; null: never yet"),
    stale: z.boolean().describe("Was it last read longer ago than `staleAfterMinutes`, or never?"),
    lastError: z
      .enum(feedErrors)
      .nullable()
      .describe("Why it could not be read last; what was read before stands"),
    skippedEvents: z.int().min(0).describe("Events that could not be understood and were passed over"),
    conflicts: z
      .array(busyTime)
      .describe("Busy times for which no unit is free, the first 100; each is tried again at every sync"),
    conflictCount: z.int().min(0).describe("All of the conflicts, also those beyond the first 100"),
    createdAt: utcInstant,
  })
  .meta({ id: "Feed" });
export type FeedView = z.infer<typeof feedView>;

/** Without a login in it: such an address is a secret of its own. */
const feedUrl = z
  .url({ protocol: /^https?$/, error: "must be an https URL" })
  .max(2000)
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && url.username === "" && url.password === "";
  }, "must not have a user name or password in it");

const feedPolicy = {
  staleAfterMinutes: z.int().min(15).max(43_200).describe("Minutes since it was last read without an error"),
  whenStale: z
    .enum(["keep", "close"])
    .describe("`keep`: what was read last stands. `close`: the resource takes no bookings meanwhile"),
};

export const createFeed = defineEndpoint({
  name: "createFeed",
  service: "booking",
  method: "post",
  path: "/v1/resources/{resourceId}/feeds",
  summary: "Take the busy times of a calendar kept elsewhere",
  description:
    "The calendar (iCalendar, over https) is read at once and then periodically. Each of its busy times takes one unit of the resource; where none is free it is shown as a conflict, and nothing booked is touched. With `whenStale: close` the resource takes no bookings while the calendar was not read for `staleAfterMinutes`, nor before it was first read.",
  access: "resource:write:own",
  limit: "costly",
  params: resourceParams,
  body: z.strictObject({
    url: feedUrl,
    staleAfterMinutes: feedPolicy.staleAfterMinutes.default(1440),
    whenStale: feedPolicy.whenStale.default("keep"),
  }),
  answers: { status: 201, description: "The feed, not read yet", body: feedView },
  problems: ["booking/resource-not-found", "booking/feed-address-not-allowed", "booking/too-many-feeds"],
});
export type FeedRequest = z.infer<NonNullable<typeof createFeed.body>>;

export const listFeeds = defineEndpoint({
  name: "listFeeds",
  service: "booking",
  method: "get",
  path: "/v1/resources/{resourceId}/feeds",
  summary: "The calendars kept elsewhere that a resource follows",
  access: "resource:write:own",
  params: resourceParams,
  answers: { status: 200, description: "All of them", body: z.object({ items: z.array(feedView) }) },
  problems: ["booking/resource-not-found"],
});

export const changeFeed = defineEndpoint({
  name: "changeFeed",
  service: "booking",
  method: "patch",
  path: "/v1/resources/{resourceId}/feeds/{feedId}",
  summary: "Change a feed; it is read again at once",
  access: "resource:write:own",
  limit: "costly",
  params: feedParams,
  body: z.strictObject({
    url: feedUrl.optional(),
    staleAfterMinutes: feedPolicy.staleAfterMinutes.optional(),
    whenStale: feedPolicy.whenStale.optional(),
  }),
  answers: { status: 200, description: "The feed", body: feedView },
  problems: ["booking/resource-not-found", "booking/feed-not-found", "booking/feed-address-not-allowed"],
});
export type FeedChange = z.infer<NonNullable<typeof changeFeed.body>>;

export const deleteFeed = defineEndpoint({
  name: "deleteFeed",
  service: "booking",
  method: "delete",
  path: "/v1/resources/{resourceId}/feeds/{feedId}",
  summary: "Follow a calendar no longer; the times it took are free at once",
  access: "resource:write:own",
  params: feedParams,
  answers: { status: 204, description: "Its times can be booked again" },
  problems: ["booking/resource-not-found", "booking/feed-not-found"],
});

/** The secret address of a resource's calendar; shown this once. */
export const calendarLink = z
  .object({
    url: z.string().describe("Relative to the API's origin. Whoever has it can read the busy times"),
    createdAt: utcInstant,
  })
  .meta({ id: "CalendarLink" });
export type CalendarLink = z.infer<typeof calendarLink>;

export const createCalendarLink = defineEndpoint({
  name: "createCalendarLink",
  service: "booking",
  method: "post",
  path: "/v1/resources/{resourceId}/calendar-link",
  summary: "Make the address under which other calendars read a resource's busy times",
  description:
    "Each call makes a new one and ends the one before. Times that came in by feeds are left out unless `withFeeds` is set: two calendars that follow each other would otherwise keep each other's times for ever.",
  access: "resource:write:own",
  params: resourceParams,
  body: z.strictObject({ withFeeds: z.boolean().default(false) }).prefault({}),
  sealedAnswer: true,
  answers: { status: 201, description: "The address; it cannot be shown again", body: calendarLink },
  problems: ["booking/resource-not-found"],
});

export const deleteCalendarLink = defineEndpoint({
  name: "deleteCalendarLink",
  service: "booking",
  method: "delete",
  path: "/v1/resources/{resourceId}/calendar-link",
  summary: "End the address of a resource's calendar",
  access: "resource:write:own",
  params: resourceParams,
  answers: { status: 204, description: "It answers nobody any more" },
  problems: ["booking/resource-not-found"],
});

export const getCalendar = defineEndpoint({
  name: "getCalendar",
  service: "booking",
  method: "get",
  path: "/v1/calendars/{file}",
  summary: "A resource's busy times as a calendar, for whoever has its address",
  description: "Times only: who booked, and what, is not in it. With an ETag, for `If-None-Match`.",
  access: "public",
  params: z.object({
    file: z.string().regex(/^[\w-]{43}\.ics$/, "must be the name of a calendar file"),
  }),
  answers: { status: 200, description: "An iCalendar file", body: z.string() },
  contentType: "text/calendar; charset=utf-8",
  problems: ["booking/calendar-not-found"],
});
