/** Finding what can be booked: candidates from the index, page by page, and of those the ones that are free. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Problem } from "@holdfast/chassis/problem";
import type { SearchItem } from "@holdfast/contracts/api/search";
import type { Kysely } from "kysely";
import { minuteMs } from "../calendar/opening-rules.ts";
import type { BookingTables } from "../database.ts";
import { windowTooLong } from "../problems.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import type { BusyStore } from "../calendar/busy-store.ts";
import { findCandidates, type Candidate } from "./find-candidates.ts";
import { stretchOf } from "./first-free.ts";
import { named, type Finding, type FreeSlots, type NamedWanted } from "./free-slots.ts";
import { cursorAfter, positionOf } from "./search-cursor.ts";
import { windowOf, type SearchQuery, type SearchWindow } from "./search-query.ts";
import { itemOf } from "./shown-resource.ts";

export interface SearchDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
  readonly resources: ResourceCache;
  readonly busy: BusyStore;
  readonly slots: FreeSlots;
}

interface Page {
  readonly items: SearchItem[];
  readonly next: string | null;
}

const windowDaysMax = 62;
/** No rules allow a longer booking. */
const stayDaysMax = 366;
/** Resources whose calendars one request looks at; where few of them are free, the page is short. */
const looksMax = 1000;
const partMin = 50;

/**
 * One page of a search. Resources come in an order that what is published or booked meanwhile does not shift.
 * @throws requestInvalid for a cursor of another search, windowTooLong
 */
export async function searchResources(deps: SearchDeps, query: SearchQuery): Promise<Page> {
  const window = windowOf(query);
  if (window) requireShort(window);
  const asked = { query, after: positionOf(query), shown: window === null };
  // One more than is looked at says whether there is a next page.
  const most = window === null ? query.limit : looksMax;
  const candidates = await findCandidates(deps.db, { ...asked, limit: most + 1 });
  const looked = candidates.slice(0, most);
  const { items, last } =
    window === null
      ? { items: looked.map((one) => placed(itemOf(one.shown!, null), one)), last: looked.at(-1) }
      : await findFree(deps, looked, query, window);
  const isEnd = last === undefined || last === candidates.at(-1);
  const next = isEnd ? null : cursorAfter(query, { key: last.key ?? 0, resourceId: last.resource_id });
  return { items, next };
}

/** @throws windowTooLong */
function requireShort(window: SearchWindow): void {
  if (window.by === "dates" && window.to - window.from >= windowDaysMax) {
    throw tooLong("to", `must be less than ${windowDaysMax} days after from`);
  }
  if (window.by === "time" && window.endsAt - window.startsAt > stayDaysMax * 24 * 60 * minuteMs) {
    throw tooLong("endsAt", `must be ${stayDaysMax} days after startsAt at most`);
  }
}

function tooLong(field: string, message: string): Problem {
  return windowTooLong(undefined, { errors: [{ field, message }] });
}

/** Those that are free, as many as the page takes, and the last one that was looked at. */
async function findFree(
  deps: SearchDeps,
  candidates: readonly Candidate[],
  { limit, quantity, people }: SearchQuery,
  window: SearchWindow,
): Promise<{ items: SearchItem[]; last: Candidate | undefined }> {
  const now = deps.clock.now().epochMilliseconds;
  const wanted = named({ window, quantity, people: people ?? 1, now });
  const items: SearchItem[] = [];
  // Where most are free, the first part fills the page; it is as long as the page, so that a short page looks at little.
  const partSize = Math.max(partMin, limit);
  for (let begin = 0; begin < candidates.length; begin += partSize) {
    const part = candidates.slice(begin, begin + partSize);
    for (const [index, found] of (await lookAt(deps, part, wanted)).entries()) {
      const candidate = part[index]!;
      if (found?.item) items.push(placed(found.item, candidate));
      if (items.length === limit) return { items, last: candidate };
    }
  }
  return { items, last: candidates.at(-1) };
}

/** What is found of each resource: known, or found in its calendar; calendars that are not in memory are read together. */
async function lookAt(
  { db, resources, busy, slots }: SearchDeps,
  candidates: readonly Candidate[],
  wanted: NamedWanted,
): Promise<(Finding | undefined)[]> {
  const findings = candidates.map((candidate) => slots.recall(candidate, wanted));
  const unknown = candidates.filter((_, index) => findings[index] === undefined);
  const published = await resources.load(db, unknown);
  const open = candidates.flatMap((candidate, index) => {
    const resource = findings[index] ? undefined : published.get(candidate.resource_id);
    return resource ? [{ index, candidate, resource }] : [];
  });
  const stretches = open.map(({ candidate, resource }) => ({
    calendarId: candidate.calendar_id,
    calendarVersion: candidate.calendar_version,
    ...stretchOf(resource.opening, wanted.window),
  }));
  const calendars = await busy.load(db, stretches);
  for (const [place, { index, candidate, resource }] of open.entries()) {
    findings[index] = slots.find(candidate, resource, calendars[place]!, wanted);
  }
  return findings;
}

/** The item with its distance, where the search is about one. */
function placed(item: SearchItem, { distance }: Candidate): SearchItem {
  return distance === undefined ? item : { ...item, distanceKm: Math.round(distance * 1000) / 1000 };
}
