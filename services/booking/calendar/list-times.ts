/** The times a listing offers: candidates on the resource's grid that pass the very check a booking must pass. */
import { checkOpening, type AskedTime, type BookableTime } from "./check-time.ts";
import { minuteMs, type OpeningRules } from "./opening-rules.ts";

/** A bookable time with the date it starts on. */
export interface ListedTime extends AskedTime, BookableTime {
  readonly date: string;
}

/** All bookable times of one length that start on the dates `from` to `to`, both included, in order. */
export function listTimes(
  opening: OpeningRules,
  of: { readonly from: Temporal.PlainDate; readonly to: Temporal.PlainDate; readonly length: number },
): ListedTime[] {
  const times: ListedTime[] = [];
  for (let date = of.from; Temporal.PlainDate.compare(date, of.to) <= 0; date = date.add({ days: 1 })) {
    for (const asked of candidatesOn(opening, date, of.length)) {
      const checked = checkOpening(opening, asked);
      if (typeof checked !== "string") times.push({ ...asked, ...checked, date: date.toString() });
    }
  }
  return times;
}

function* candidatesOn(
  opening: OpeningRules,
  date: Temporal.PlainDate,
  length: number,
): Generator<AskedTime> {
  const { availability } = opening.rules;
  if (availability.by === "nights") {
    yield {
      startsAt: opening.instantOf(date, availability.checkIn),
      endsAt: opening.instantOf(date.add({ days: length }), availability.checkOut),
    };
    return;
  }
  for (const window of opening.windowsOn(date)) {
    for (let at = window.opensAt; at < window.closesAt; at += availability.granularityMinutes * minuteMs) {
      yield { startsAt: at, endsAt: at + length * minuteMs };
    }
  }
}

/** The length a listing uses where none is asked for: the resource's shortest. */
export function shortestLength(opening: OpeningRules): number {
  const { availability } = opening.rules;
  return availability.by === "nights" ? availability.minimumNights : availability.minimumMinutes;
}
