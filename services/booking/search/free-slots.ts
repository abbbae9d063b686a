/** The slot that a search shows of a resource, found once: it stays the same until the calendar or the rules change. */
import type { SlotView } from "@holdfast/contracts/api/booking";
import type { SearchItem } from "@holdfast/contracts/api/search";
import { LRUCache } from "lru-cache";
import { instantText } from "../calendar/instant-text.ts";
import { minuteMs, type EpochMs } from "../calendar/opening-rules.ts";
import { dependsOnLeadTime, leadMinutes, occupancyPercent, pricerOf } from "../pricing/price.ts";
import type { PublishedResource } from "../resources/resource-cache.ts";
import type { Candidate } from "./find-candidates.ts";
import { firstFree, type Busy, type FreeTime, type Wanted } from "./first-free.ts";
import { itemOf, shownOf, type ShownResource } from "./shown-resource.ts";

/** What is made of a version of a resource once. */
interface Prepared {
  readonly shown: ShownResource;
  readonly priceOf: ReturnType<typeof pricerOf>;
  readonly isPriceLasting: boolean;
}

const prepared = new WeakMap<PublishedResource, Prepared>();

function prepare(resource: PublishedResource): Prepared {
  const known = prepared.get(resource);
  if (known) return known;
  const { price } = resource.snapshot.rules;
  const made = {
    shown: shownOf(resource.snapshot),
    priceOf: pricerOf(price),
    isPriceLasting: !dependsOnLeadTime(price),
  };
  prepared.set(resource, made);
  return made;
}

/** What was found of a resource: the item a search shows of it; null where it has no free slot. */
export interface Finding {
  readonly item: SearchItem | null;
}

/** A finding with what it was found by. */
interface Known extends Finding {
  readonly version: number;
  readonly calendarVersion: number;
  /** When the slot becomes too near to be booked. */
  readonly until: EpochMs;
}

/** Findings kept in all, of so many different searches. */
const knownMax = 100_000;
const searchesMax = 500;

/** What one search wants, under the name its findings are kept by. */
export interface NamedWanted extends Wanted {
  readonly name: string;
}

export function named(wanted: Wanted): NamedWanted {
  const { now: _now, ...lasting } = wanted;
  return { ...wanted, name: JSON.stringify(lasting) };
}

export class FreeSlots {
  #size = 0;
  /** By what was wanted, then by calendar: the search that was asked least recently is forgotten first. */
  readonly #known = new LRUCache<string, Map<number, Known>>({
    max: searchesMax,
    dispose: (findings) => {
      this.#size -= findings.size;
    },
  });

  /**
   * What is known of a resource; undefined where it has to be found. As time goes by a slot may become too near to be
   * booked; none before it becomes bookable.
   */
  recall(candidate: Candidate, wanted: NamedWanted): Finding | undefined {
    const known = this.#known.get(wanted.name)?.get(candidate.calendar_id);
    if (!known || known.version !== candidate.version || known.calendarVersion < candidate.calendar_version)
      return undefined;
    return wanted.now > known.until ? undefined : known;
  }

  /** Finds the slot, and keeps what it found where that lasts. */
  find(candidate: Candidate, resource: PublishedResource, busy: Busy, wanted: NamedWanted): Finding {
    const { opening } = resource;
    const { shown, priceOf, isPriceLasting } = prepare(resource);
    const time = firstFree(opening, busy, wanted);
    const slot = typeof time === "string" ? null : slotOf(resource, time, wanted, priceOf);
    // Made once: a search of a thousand resources shows the same items again and again.
    const item = slot && itemOf(shown, slot);
    if (time === "not-yet" || (slot && !isPriceLasting)) return { item };
    const found: Known = {
      item,
      version: candidate.version,
      calendarVersion: candidate.calendar_version,
      until: time === "none" ? Infinity : time.startsAt - opening.rules.noticeMinutes * minuteMs,
    };
    this.#keep(wanted.name, candidate.calendar_id, found);
    return found;
  }

  #keep(name: string, calendarId: number, known: Known): void {
    let findings = this.#known.get(name);
    if (!findings) this.#known.set(name, (findings = new Map()));
    if (!findings.has(calendarId)) this.#size++;
    findings.set(calendarId, known);
    while (this.#size > knownMax) this.#known.pop();
  }
}

/** A free time as it is shown, with its price; null where it has none, and so cannot be booked. */
function slotOf(
  { snapshot: { rules } }: PublishedResource,
  time: FreeTime,
  { quantity, people, now }: Wanted,
  priceOf: Prepared["priceOf"],
): SlotView | null {
  const price = priceOf({
    zone: rules.zone,
    startsAt: time.startsAt,
    endsAt: time.endsAt,
    length: time.length,
    quantity,
    people,
    leadMinutes: leadMinutes(time.startsAt, now),
    occupancyPercent: occupancyPercent(rules.capacity, time.free),
    extras: [],
    promotion: null,
  });
  if (typeof price === "string") return null;
  return {
    startsAt: instantText(time.startsAt),
    endsAt: instantText(time.endsAt),
    date: time.date,
    free: time.free,
    price: price.total,
  };
}
