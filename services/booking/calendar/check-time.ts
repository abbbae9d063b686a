/** Can this time be booked under the rules? The one function behind both listing slots and taking a booking. */
import { minuteMs, type EpochMs, type OpeningRules, type OpenWindow } from "./opening-rules.ts";

/** A time somebody asks for, end exclusive. */
export interface AskedTime {
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
}

/** What a booking of that time takes from the calendar, buffers included. */
export interface TakenTime {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Why a time cannot be booked, whoever else has booked. */
export type TimeRefusal =
  | "closed"
  | "start-off-grid"
  | "length-off-grid"
  | "too-short"
  | "too-long"
  | "in-the-past"
  | "notice-too-short"
  | "beyond-window";

/** What each refusal means to a reader. */
export const refusalSentences: Readonly<Record<TimeRefusal, string>> = {
  closed: "The resource is not open for all of that time.",
  "start-off-grid": "Bookings of this resource cannot start at that time.",
  "length-off-grid": "Bookings of this resource cannot end at that time.",
  "too-short": "That is shorter than the shortest booking of this resource.",
  "too-long": "That is longer than the longest booking of this resource.",
  "in-the-past": "That time has begun already.",
  "notice-too-short": "This resource has to be booked earlier before the start.",
  "beyond-window": "This resource cannot be booked that far ahead.",
};

/** The length of a bookable time in what the resource counts: nights, or minutes. */
export interface BookableTime {
  readonly taken: TakenTime;
  readonly length: { readonly unit: "night" | "minute"; readonly count: number };
}

/** The bookable time, or why it is not one. */
export function checkTime(opening: OpeningRules, asked: AskedTime, now: EpochMs): BookableTime | TimeRefusal {
  return checkLeadTime(opening, asked, now) ?? checkOpening(opening, asked);
}

/** As `checkTime`, whatever the time is now: open, on the grid, and of an allowed length. */
export function checkOpening(opening: OpeningRules, asked: AskedTime): BookableTime | TimeRefusal {
  const { rules } = opening;
  const length =
    rules.availability.by === "nights" ? checkNights(opening, asked) : checkMinutes(opening, asked);
  if (typeof length === "string") return length;
  return {
    length,
    taken: {
      from: asked.startsAt - rules.bufferBeforeMinutes * minuteMs,
      to: asked.endsAt + rules.bufferAfterMinutes * minuteMs,
    },
  };
}

/** Is the start far enough ahead, and not too far? Undefined where it is. */
export function checkLeadTime(
  opening: OpeningRules,
  asked: Pick<AskedTime, "startsAt">,
  now: EpochMs,
): TimeRefusal | undefined {
  const { noticeMinutes, windowDays } = opening.rules;
  if (asked.startsAt < now) return "in-the-past";
  if (asked.startsAt < now + noticeMinutes * minuteMs) return "notice-too-short";
  if (asked.startsAt > now + windowDays * 1440 * minuteMs) return "beyond-window";
  return undefined;
}

function checkNights(opening: OpeningRules, asked: AskedTime): BookableTime["length"] | TimeRefusal {
  const availability = opening.rules.availability;
  if (availability.by !== "nights") return "closed";
  const arrives = opening.dateOf(asked.startsAt);
  const departs = opening.dateOf(asked.endsAt);
  if (opening.instantOf(arrives, availability.checkIn) !== asked.startsAt) return "start-off-grid";
  if (opening.instantOf(departs, availability.checkOut) !== asked.endsAt) return "length-off-grid";
  const count = arrives.until(departs, { largestUnit: "days" }).days;
  if (count < availability.minimumNights) return "too-short";
  if (count > availability.maximumNights) return "too-long";
  return opening.isClosedOn(arrives) ? "closed" : { unit: "night", count };
}

function checkMinutes(opening: OpeningRules, asked: AskedTime): BookableTime["length"] | TimeRefusal {
  const availability = opening.rules.availability;
  if (availability.by !== "hours") return "closed";
  const count = (asked.endsAt - asked.startsAt) / minuteMs;
  if (count < availability.minimumMinutes) return "too-short";
  if (count > availability.maximumMinutes) return "too-long";
  if (count % availability.granularityMinutes !== 0) return "length-off-grid";
  const date = opening.dateOf(asked.startsAt);
  // A day's last window may run on to the next midnight, never further, so yesterday's windows cannot hold the start.
  const windows = opening.windowsOn(date);
  const first = windows.find(
    (window) => window.opensAt <= asked.startsAt && asked.startsAt < window.closesAt,
  );
  if (!first) return "closed";
  if ((asked.startsAt - first.opensAt) % (availability.granularityMinutes * minuteMs) !== 0)
    return "start-off-grid";
  return staysOpen(opening, date, first, asked.endsAt) ? { unit: "minute", count } : "closed";
}

/** Do windows without a gap between them reach from the first one to the end? Past midnight too. */
function staysOpen(
  opening: OpeningRules,
  date: Temporal.PlainDate,
  first: OpenWindow,
  endsAt: EpochMs,
): boolean {
  let openUntil = first.closesAt;
  for (let day = date; openUntil < endsAt; day = day.add({ days: 1 })) {
    const before = openUntil;
    for (const window of opening.windowsOn(day)) {
      if (window.opensAt <= openUntil && window.closesAt > openUntil) openUntil = window.closesAt;
    }
    if (openUntil === before && Temporal.PlainDate.compare(day, date) > 0) return false;
  }
  return true;
}
