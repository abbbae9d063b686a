/** What a resource's rules have against a time, with what each of them says and the nearest that would keep to it. */
import assert from "node:assert";
import { weekdays } from "@holdfast/contracts/availability-rules";
import type { BlockingReason } from "@holdfast/contracts/api/explain";
import { datesOfStay, judgeTime, refusalSentences, type AskedTime, type TimeRefusal } from "./check-time.ts";
import { minuteMs, type Day, type EpochMs, type OpeningRules } from "./opening-rules.ts";
import { weekdayOf, type DayNumber } from "./zone-days.ts";

type Detail = Readonly<Record<string, unknown>>;

/** Dates that an explanation goes into; those of a longer time are as much of an answer. */
const datesMax = 31;

/** Every rule that the time breaks; none where the rules allow it. */
export function explainRules(opening: OpeningRules, asked: AskedTime, now: EpochMs): BlockingReason[] {
  return judgeTime(opening, asked, now).refusals.map((code) => ({
    code,
    message: refusalSentences[code],
    detail: detailOf(code, opening, asked, now),
  }));
}

function detailOf(code: TimeRefusal, opening: OpeningRules, asked: AskedTime, now: EpochMs): Detail {
  const { rules } = opening;
  const nights = rules.availability.by === "nights";
  switch (code) {
    case "in-the-past":
      return { now: text(now) };
    case "notice-too-short":
      return {
        noticeMinutes: rules.noticeMinutes,
        earliestStart: text(now + rules.noticeMinutes * minuteMs),
      };
    case "beyond-window":
      return { windowDays: rules.windowDays, latestStart: text(now + rules.windowDays * 1440 * minuteMs) };
    case "too-short":
    case "too-long":
      return lengths(opening);
    case "start-off-grid":
      return nights ? checkOf(opening, asked.startsAt, "checkIn") : nearestStarts(opening, asked.startsAt);
    case "length-off-grid":
      return nights ? checkOf(opening, asked.endsAt, "checkOut") : nearestLengths(opening, asked);
    case "no-arrival":
      return dayRule(opening, datesOfStay(opening, asked).from, "noArrivalOn");
    case "no-departure":
      return dayRule(opening, datesOfStay(opening, asked).to, "noDepartureOn");
    case "closed":
      return { dates: nights ? closedNights(opening, asked) : hoursOfDates(opening, asked) };
  }
}

function text(at: EpochMs): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString();
}

function lengths({ rules: { availability } }: OpeningRules): Detail {
  return availability.by === "nights"
    ? { minimumNights: availability.minimumNights, maximumNights: availability.maximumNights }
    : { minimumMinutes: availability.minimumMinutes, maximumMinutes: availability.maximumMinutes };
}

/** Starts of the opening it lies in, just before and just after. */
function nearestStarts(opening: OpeningRules, at: EpochMs): Detail {
  const { availability } = opening.rules;
  assert(availability.by === "hours", "starts lie on a grid where minutes are booked");
  const step = availability.granularityMinutes * minuteMs;
  const nearest = opening.dayAt(at).around.flatMap(({ opensAt, closesAt }) => {
    if (at < opensAt || at >= closesAt) return [];
    const before = opensAt + Math.floor((at - opensAt) / step) * step;
    return before + step < closesAt ? [before, before + step] : [before];
  });
  const inOrder = [...new Set(nearest)].toSorted((a, b) => a - b);
  return { granularityMinutes: availability.granularityMinutes, nearest: inOrder.map(text) };
}

/** Lengths on the grid and within the bounds, just below and just above. */
function nearestLengths({ rules: { availability } }: OpeningRules, asked: AskedTime): Detail {
  assert(availability.by === "hours", "lengths lie on a grid where minutes are booked");
  const { granularityMinutes, minimumMinutes, maximumMinutes } = availability;
  const below =
    Math.floor((asked.endsAt - asked.startsAt) / minuteMs / granularityMinutes) * granularityMinutes;
  const longest = Math.floor(maximumMinutes / granularityMinutes) * granularityMinutes;
  const nearest = [below, below + granularityMinutes].map((one) =>
    Math.min(longest, Math.max(minimumMinutes, one)),
  );
  return { granularityMinutes, nearestMinutes: [...new Set(nearest)] };
}

/** The wall-clock time it has to be, and that time of the date asked for. */
function checkOf(opening: OpeningRules, at: EpochMs, which: "checkIn" | "checkOut"): Detail {
  const { availability } = opening.rules;
  assert(availability.by === "nights", "guests check in where nights are booked");
  const instant = opening.dayAt(at)[which];
  return {
    [which]: availability[which],
    ...(instant === undefined ? undefined : { nearest: [text(instant)] }),
  };
}

function dayRule(opening: OpeningRules, number: DayNumber, which: "noArrivalOn" | "noDepartureOn"): Detail {
  const { availability } = opening.rules;
  assert(availability.by === "nights", "stays begin and end on days where nights are booked");
  const { date } = opening.day(number);
  return { date, weekday: weekdays[weekdayOf(number)]!, [which]: availability[which] };
}

/** The dates from the start to the end, in order. */
function datesOf(opening: OpeningRules, { startsAt, endsAt }: AskedTime): Day[] {
  const dates: Day[] = [];
  let day = opening.dayAt(startsAt);
  for (; day.startsAt < endsAt && dates.length < datesMax; day = opening.day(day.number + 1)) {
    if (opening.zone.has(day.number)) dates.push(day);
  }
  return dates;
}

/** Each date's hours, when it is open (also from an opening of the date before), and what closes it. */
function hoursOfDates(opening: OpeningRules, asked: AskedTime): Detail[] {
  return datesOf(opening, asked).map((day) => ({
    date: day.date,
    hours: opening.hoursOn(day.number, day.date),
    open: day.open
      .filter((one) => one.opensAt < day.endsAt && one.closesAt > day.startsAt)
      .map((one) => ({ from: text(one.opensAt), to: text(one.closesAt) })),
    closure: day.closure,
  }));
}

function closedNights(opening: OpeningRules, asked: AskedTime): Detail[] {
  const { from, to } = datesOfStay(opening, asked);
  const closed: Detail[] = [];
  for (let number = from; number < to && number < from + datesMax; number++) {
    const { date, closure } = opening.day(number);
    if (closure !== null && opening.zone.has(number)) closed.push({ date, closure });
  }
  return closed;
}
