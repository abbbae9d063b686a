/** Search: what can be booked, by what it is, where it is, what it costs, and when it is free. */
import { z } from "zod";
import { defineEndpoint } from "../define-endpoint.ts";
import { id } from "../ids.ts";
import { currency, instant, isBefore, localDate, money } from "../values.ts";
import { slotView } from "./booking.ts";
import { page } from "./paging.ts";

/** `view:sea`; the value may be a text, a number or `true`/`false`. */
const attribute = z
  .string()
  .max(250)
  .regex(/^[a-z][a-zA-Z0-9_-]{0,39}:/, "must be a name, a colon and a value, such as view:sea")
  .meta({ examples: ["view:sea"] });

/** A place on Earth as `latitude,longitude` in degrees. */
const place = z
  .string()
  .regex(/^-?\d{1,2}(\.\d{1,12})?,-?\d{1,3}(\.\d{1,12})?$/, "must be latitude,longitude, such as 38.71,-9.14")
  .refine((text) => {
    const [latitude, longitude] = text.split(",").map(Number);
    return Math.abs(latitude!) <= 90 && Math.abs(longitude!) <= 180;
  }, "must be a latitude of 90 at most and a longitude of 180 at most")
  .meta({ description: "Latitude and longitude in degrees", examples: ["38.7139,-9.1394"] });

const count = (most: number) => z.coerce.number().int().min(1).max(most);
const amount = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const searchSorts = ["relevance", "distance", "price", "newest"] as const;
export type SearchSort = (typeof searchSorts)[number];

const searchMembers = z.strictObject({
  text: z
    .string()
    .trim()
    .max(200)
    .refine((text) => /[\p{L}\p{N}]/u.test(text), "must hold a letter or a digit")
    .optional()
    .meta({
      description:
        "Words of the title, the kind, the attributes or the description; all must be there, the last one may be a word's beginning",
    }),
  kind: z.string().trim().min(1).max(60).optional(),
  vendorId: id("vnd").optional(),
  attributes: z
    .union([attribute, z.array(attribute).max(20)])
    .optional()
    .meta({ description: "`name:value`, may be repeated; all must hold" }),
  near: place.optional(),
  withinKm: z.coerce
    .number()
    .positive()
    .max(20_040)
    .optional()
    .meta({ description: "Kilometres around `near`; 25 where not said" }),
  priceFrom: amount.optional().meta({ description: "Least base price, minor units of `currency`" }),
  priceTo: amount.optional().meta({ description: "Highest base price, minor units of `currency`" }),
  currency: currency.optional(),
  people: count(10_000).optional().meta({ description: "Who are to fit into `quantity` units" }),
  capacity: count(1000).optional().meta({ description: "Units the resource has at least" }),
  quantity: count(1000).default(1).meta({ description: "Units that must be free" }),
  startsAt: instant.optional().meta({ description: "With `endsAt`: free for exactly this time" }),
  endsAt: instant.optional(),
  from: localDate.optional().meta({
    description:
      "With `to`, dates in each resource's own zone: free for a booking that starts on one of them",
  }),
  to: localDate.optional(),
  minutes: count(10_080).optional().meta({ description: "How long, for what is booked by the minute" }),
  nights: count(365).optional().meta({ description: "How long, for what is booked by the night" }),
  sort: z.enum(searchSorts).optional().meta({
    description: "`relevance` where `text` is given, else `distance` where `near` is given, else `newest`",
  }),
  limit: z.coerce.number().int().min(1).max(1000).default(20),
  after: z
    .string()
    .max(300)
    .optional()
    .meta({ description: "`next` of the page before, of the same search" }),
});
type SearchMembers = z.output<typeof searchMembers>;

/** Members that mean something only beside another: the member, what it needs, and what is said without it. */
const companions: readonly (readonly [keyof SearchMembers, keyof SearchMembers])[] = [
  ["startsAt", "endsAt"],
  ["endsAt", "startsAt"],
  ["from", "to"],
  ["to", "from"],
  ["minutes", "from"],
  ["nights", "from"],
  ["withinKm", "near"],
  ["priceFrom", "currency"],
  ["priceTo", "currency"],
];

const sortNeeds: Readonly<Record<SearchSort, keyof SearchMembers | null>> = {
  relevance: "text",
  distance: "near",
  price: "currency",
  newest: null,
};

/** Members that contradict each other, or miss what they need. */
function checkTogether(query: SearchMembers, context: z.RefinementCtx): void {
  const complain = (member: keyof SearchMembers, message: string) =>
    context.addIssue({ code: "custom", path: [member], message });
  for (const [member, needed] of companions) {
    if (query[member] !== undefined && query[needed] === undefined)
      complain(needed, `must be given with ${member}`);
  }
  const needed = query.sort === undefined ? null : sortNeeds[query.sort];
  if (needed !== null && query[needed] === undefined)
    complain("sort", `can be ${query.sort} only where ${needed} is given`);
  if (query.from !== undefined && query.startsAt !== undefined)
    complain("from", "must not be given with startsAt");
  if (query.from !== undefined && query.to !== undefined && query.to < query.from)
    complain("to", "must not be before from");
  if (query.startsAt !== undefined && query.endsAt !== undefined && !isBefore(query.startsAt, query.endsAt))
    complain("endsAt", "must be after startsAt");
  if (query.priceFrom !== undefined && query.priceTo !== undefined && query.priceTo < query.priceFrom)
    complain("priceTo", "must not be less than priceFrom");
}

/** A resource that was found. */
export const searchItem = z
  .object({
    resourceId: id("res"),
    vendorId: id("vnd"),
    vendorName: z.string(),
    title: z.string(),
    kind: z.string(),
    zone: z.string(),
    capacity: z.int().min(1),
    peoplePerUnit: z.int().min(1).nullable(),
    location: z.object({ latitude: z.number(), longitude: z.number(), address: z.string() }).nullable(),
    basePrice: money
      .extend({ per: z.enum(["hour", "night", "booking"]), perPerson: z.boolean() })
      .describe(
        "What its prices start from: for an hour, a night or a booking, and for each person where it says so",
      ),
    distanceKm: z
      .number()
      .nullable()
      .describe("From `near`, in kilometres; null where the search names no place"),
    firstFree: slotView
      .nullable()
      .describe(
        "The time asked for, or the first one of the dates asked for; null where the search names no time",
      ),
  })
  .meta({ id: "SearchItem" });
export type SearchItem = z.infer<typeof searchItem>;

export const searchResources = defineEndpoint({
  name: "searchResources",
  service: "booking",
  method: "get",
  path: "/v1/search",
  summary: "Find resources that can be booked, and that are free when one wants them",
  description:
    "With `startsAt` and `endsAt`, or `from` and `to` (62 days at most), only what is free then is found, each with the time that can be booked and its price; without `minutes` or `nights` that time is as short as the resource allows. One request looks at a bounded number of resources, so a page may hold fewer than `limit`, even none: only a `next` of null ends the list.",
  access: "public",
  query: searchMembers.superRefine(checkTogether),
  answers: { status: 200, description: "A page of resources", body: page(searchItem) },
  problems: ["booking/window-too-long"],
});
