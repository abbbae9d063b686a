/** RFC 5545 recurrence rules, read strictly: what is not understood is refused, never passed over. */
import { occurrencesMax } from "@holdfast/contracts/api/booking-series";
import { RRuleTemporal } from "rrule-temporal";
import type { EpochMs } from "../calendar/opening-rules.ts";

/** A rule's parts, each checked. */
interface RuleParts {
  readonly text: string;
  readonly isHourly: boolean;
  readonly until: string | undefined;
}

/** Occurrences before any is left out; or a sentence that says what is wrong with the rule. */
export type Occurrences = readonly EpochMs[] | string;

/** Periods that are looked at before a rule counts as one that never recurs: three years of days. */
const periodsMax = 1100;

/** The last one that an instant of the API may lie in. */
const lastYear = 2199;

const weekdays = "(?:MO|TU|WE|TH|FR|SA|SU)";
const freqs = new Set(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]);
const subHourly = new Set(["MINUTELY", "SECONDLY"]);

/** The forms of a part's values; lists are looked at value by value. */
const forms: Readonly<Record<string, (value: string) => boolean>> = {
  FREQ: (value) => freqs.has(value),
  INTERVAL: (value) => isBetween(value, 1, 1000),
  COUNT: (value) => isBetween(value, 1, 1_000_000),
  UNTIL: (value) => /^\d{8}(T\d{6}Z)?$/.test(value) && untilOf(value, "UTC") !== undefined,
  BYDAY: (value) =>
    each(value, (one) => new RegExp(`^([+-]?([1-9]|[1-4]\\d|5[0-3]))?${weekdays}$`).test(one)),
  BYMONTHDAY: (value) => each(value, (one) => isSigned(one, 31)),
  BYYEARDAY: (value) => each(value, (one) => isSigned(one, 366)),
  BYWEEKNO: (value) => each(value, (one) => isSigned(one, 53)),
  BYMONTH: (value) => each(value, (one) => isBetween(one, 1, 12)),
  BYHOUR: (value) => each(value, (one) => isBetween(one, 0, 23)),
  BYSETPOS: (value) => each(value, (one) => isSigned(one, 366)),
  WKST: (value) => new RegExp(`^${weekdays}$`).test(value),
};

/**
 * The instants at which a rule recurs that starts at `startsAt`, in order, `occurrencesMax` at most. Wall-clock time in
 * the zone is kept; where clocks skip it, it runs on (02:30 becomes 03:30), so that no occurrence is lost to a clock
 * change. By the hour it is elapsed hours. UNTIL without a time is the end of that date in the zone.
 */
export function occurrencesOf(rrule: string, startsAt: EpochMs, zone: string): Occurrences {
  const parts = readRule(rrule);
  if (typeof parts === "string") return parts;
  const first = Temporal.Instant.fromEpochMilliseconds(startsAt).toZonedDateTimeISO(zone);
  const until = parts.until === undefined ? undefined : untilOf(parts.until, zone);
  // Counted on a clock without changes and then placed in the zone: in the zone itself, times that clocks skip would be lost.
  const dtstart = parts.isHourly ? first : first.toPlainDateTime().toZonedDateTime("UTC");
  const times: Temporal.ZonedDateTime[] = [];
  try {
    const rule = new RRuleTemporal({
      rruleString: parts.text,
      dtstart,
      tzid: dtstart.timeZoneId,
      maxIterations: periodsMax,
      strict: true,
    });
    rule.all((time) => {
      const counted = Temporal.ZonedDateTime.from(time.toString());
      const placed = parts.isHourly ? counted : counted.toPlainDateTime().toZonedDateTime(zone);
      if (until !== undefined && placed.epochMilliseconds > until) return false;
      if (placed.year > lastYear) throw new RangeError("no booking lies so far ahead");
      times.push(placed);
      return times.length <= occurrencesMax;
    });
  } catch {
    return times.length === 0 ? "never recurs" : "does not recur so often within our time";
  }
  if (times.length > occurrencesMax) return `makes more than ${occurrencesMax} occurrences`;
  if (times.length === 0 || !times[0]!.toPlainDateTime().equals(first.toPlainDateTime()))
    return "must recur at startsAt first";
  // Of a time that there is twice the earlier one is meant, unless the booking itself says the later.
  return [startsAt, ...times.slice(1).map((time) => time.epochMilliseconds)];
}

function readRule(rrule: string): RuleParts | string {
  const text = rrule.toUpperCase().replace(/^RRULE:/, "");
  const parts = new Map<string, string>();
  for (const part of text.split(";")) {
    const [name = "", value = "", ...more] = part.split("=");
    if (name === "BYMINUTE" || name === "BYSECOND" || (name === "FREQ" && subHourly.has(value)))
      return "must not recur within the hour";
    const isKnown = Object.hasOwn(forms, name) && more.length === 0;
    if (!isKnown || !forms[name]!(value)) return `has a part that is not understood: ${part.slice(0, 40)}`;
    if (parts.has(name)) return `says ${name} twice`;
    parts.set(name, value);
  }
  if (!parts.has("FREQ")) return "must say FREQ";
  if (parts.has("COUNT") === parts.has("UNTIL")) return "must say either COUNT or UNTIL";
  if (Number(parts.get("COUNT") ?? 0) > occurrencesMax)
    return `makes more than ${occurrencesMax} occurrences`;
  const until = parts.get("UNTIL");
  parts.delete("UNTIL");
  const counted = [...parts].map(([name, value]) => `${name}=${value}`).join(";");
  return { text: counted, isHourly: parts.get("FREQ") === "HOURLY", until };
}

/** The last instant at which the rule may recur; undefined where there is no such date. */
function untilOf(value: string, zone: string): EpochMs | undefined {
  const date = `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6, 8)}`;
  try {
    if (value.length === 8) {
      const day = Temporal.PlainDate.from(date, { overflow: "reject" });
      return day.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds - 1;
    }
    const time = `${value.slice(9, 11)}:${value.slice(11, 13)}:${value.slice(13, 15)}`;
    return Temporal.Instant.from(`${date}T${time}Z`).epochMilliseconds;
  } catch {
    return undefined;
  }
}

function each(list: string, isFine: (value: string) => boolean): boolean {
  return list.split(",").every(isFine);
}

function isBetween(value: string, least: number, most: number): boolean {
  return /^\d{1,7}$/.test(value) && Number(value) >= least && Number(value) <= most;
}

function isSigned(value: string, most: number): boolean {
  return /^[+-]?\d{1,3}$/.test(value) && isBetween(String(Math.abs(Number(value))), 1, most);
}
