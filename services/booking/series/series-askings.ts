/** The bookings that a series asks for, one an occurrence. Pure. */
import type { SeriesRequest } from "@holdfast/contracts/api/booking-series";
import type { AskedBooking, AskedPart } from "../bookings/asked-booking.ts";
import { mapNonEmpty, type NonEmpty } from "../bookings/non-empty.ts";
import type { EpochMs, OpeningRules } from "../calendar/opening-rules.ts";
import { rruleNotUsable } from "../problems.ts";
import { occurrencesOf } from "./recurrence-rule.ts";

/** Units that all occurrences take at most: as many as one booking can. Those who ask meanwhile wait for it. */
const unitsMax = 10_000;

/** What is known of the resources that are asked for, by their ids. */
export type Openings = ReadonlyMap<string, OpeningRules>;

/**
 * The askings of a series, in order, without those on excluded dates (which count for COUNT all the same). Dates are
 * those of the first resource's zone.
 * @throws rruleNotUsable
 */
export function seriesAskings(
  asked: AskedBooking,
  { rrule, exclude }: Pick<SeriesRequest, "rrule" | "exclude">,
  openings: Openings,
): NonEmpty<AskedBooking> {
  const [main] = asked.parts;
  // A resource nobody published is refused when the series is decided on, in whatever zone it was read.
  const zone = openings.get(main.resourceId)?.rules.zone ?? "UTC";
  const starts = occurrencesOf(rrule, main.startsAt, zone);
  if (typeof starts === "string") throw notUsable(starts);
  const excluded = new Set(exclude);
  const kept = starts.filter((at) => !excluded.has(dateOf(at, zone).toString()));
  const units = kept.length * asked.parts.reduce((sum, part) => sum + part.quantity, 0);
  if (units > unitsMax) throw notUsable(`takes ${units} units in all; ${unitsMax} are the most`);
  const [first, ...others] = kept.map((at) => occurrenceAt(asked, at, zone, openings));
  if (!first) throw notUsable("makes no occurrence on a date that is not excluded");
  return [first, ...others];
}

function notUsable(message: string) {
  return rruleNotUsable(`The rule ${message}.`, { errors: [{ field: "rrule", message }] });
}

/**
 * The booking moved to another start. Nights move by dates and keep their wall-clock times; what is booked by the minute
 * keeps its length, and its distance from the start of the whole.
 */
function occurrenceAt(
  asked: AskedBooking,
  startsAt: EpochMs,
  zone: string,
  openings: Openings,
): AskedBooking {
  const [main] = asked.parts;
  const days = dateOf(main.startsAt, zone).until(dateOf(startsAt, zone), { largestUnit: "days" }).days;
  const parts = mapNonEmpty(asked.parts, (part): AskedPart => {
    const rules = openings.get(part.resourceId)?.rules;
    if (rules?.availability.by === "nights") {
      const move = (at: EpochMs) =>
        Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(rules.zone).add({ days })
          .epochMilliseconds;
      return { ...part, startsAt: move(part.startsAt), endsAt: move(part.endsAt) };
    }
    const byMs = startsAt - main.startsAt;
    return { ...part, startsAt: part.startsAt + byMs, endsAt: part.endsAt + byMs };
  });
  return { ...asked, parts };
}

function dateOf(at: EpochMs, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
}
