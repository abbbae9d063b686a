/** A search as it is asked for, and the order its results come in. */
import type { searchResources, SearchSort } from "@holdfast/contracts/api/search";
import type { z } from "zod";
import { numberOf, type DayNumber } from "../calendar/zone-days.ts";

/** The query of `GET /v1/search`, checked. */
export type SearchQuery = z.output<NonNullable<typeof searchResources.query>>;

/** The order of the results: what was asked for, else the one that says most about what was searched by. */
export function sortOf(query: Pick<SearchQuery, "sort" | "text" | "near">): SearchSort {
  if (query.sort !== undefined) return query.sort;
  if (query.text !== undefined) return "relevance";
  return query.near === undefined ? "newest" : "distance";
}

/** The times a search asks to be free: one exactly, or the first one on some dates; null where it asks for none. */
export type SearchWindow =
  | { readonly by: "time"; readonly startsAt: number; readonly endsAt: number }
  | {
      readonly by: "dates";
      readonly from: DayNumber;
      readonly to: DayNumber;
      readonly minutes: number | undefined;
      readonly nights: number | undefined;
    };

export function windowOf(query: SearchQuery): SearchWindow | null {
  if (query.startsAt !== undefined && query.endsAt !== undefined) {
    return { by: "time", startsAt: Date.parse(query.startsAt), endsAt: Date.parse(query.endsAt) };
  }
  if (query.from === undefined || query.to === undefined) return null;
  return {
    by: "dates",
    from: numberOf(Temporal.PlainDate.from(query.from)),
    to: numberOf(Temporal.PlainDate.from(query.to)),
    minutes: query.minutes,
    nights: query.nights,
  };
}
