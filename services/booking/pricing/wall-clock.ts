/** What the clocks of a zone show at an instant, as plain numbers: pricing a listing asks thousands of times. */
import assert from "node:assert";
import { LRUCache } from "lru-cache";
import type { EpochMs } from "../calendar/opening-rules.ts";

/** A stretch between two clock changes, end exclusive. */
export interface ClockSpan {
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** What to add to an instant to have the wall clock's time, counted from 1970-01-01T00:00 on that clock. */
  readonly offsetMs: number;
}

/** There are some 600 zones with all their aliases, and two clock changes a year in each at most, but for a few. */
const zonesMax = 600;
const spansMax = 500;

const spansByZone = new LRUCache<string, ClockSpan[]>({ max: zonesMax });

/** The stretch that an instant lies in. */
export function clockSpan(zone: string, at: EpochMs): ClockSpan {
  const spans = spansByZone.get(zone) ?? [];
  const known = spans.find((span) => span.from <= at && at < span.until);
  if (known) return known;
  const span = findSpan(zone, at);
  spansByZone.set(zone, spans.length < spansMax ? [...spans, span] : [span]);
  return span;
}

function findSpan(zone: string, at: EpochMs): ClockSpan {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  // The change before the next millisecond: one at this very instant has happened.
  const before = zoned.add({ milliseconds: 1 }).getTimeZoneTransition("previous");
  const after = zoned.getTimeZoneTransition("next");
  const offsetMs = zoned.offsetNanoseconds / 1_000_000;
  assert(Number.isSafeInteger(offsetMs), "zones are whole milliseconds from UTC");
  return {
    from: before?.epochMilliseconds ?? -Infinity,
    until: after?.epochMilliseconds ?? Infinity,
    offsetMs,
  };
}
