/** Public holidays by country and region, as dates of that country. */
import Holidays from "date-holidays";
import { LRUCache } from "lru-cache";

/** Whose holidays: an ISO 3166-1 code, and the part of an ISO 3166-2 code after it. */
export interface HolidayRegion {
  readonly country: string;
  readonly region?: string | undefined;
}

const hourMs = 3_600_000;
const yearsMax = 500;
const years = new LRUCache<string, ReadonlyMap<string, string>>({ max: yearsMax });

/**
 * The name of the public holiday that a date is, or null. A day that is a holiday in part (Christmas Eve from noon) is
 * none. A country without an entry has no holidays, a region without one those of its country.
 */
export function holidayOn(of: HolidayRegion, date: string): string | null {
  const year = Number(date.slice(0, 4));
  const key = `${of.country}-${of.region ?? ""}/${year}`;
  let known = years.get(key);
  if (!known) {
    known = holidaysOf(of, year);
    years.set(key, known);
  }
  return known.get(date) ?? null;
}

/** Those that begin in the year before as well: the last of them may run over its end. */
function holidaysOf({ country, region }: HolidayRegion, year: number): ReadonlyMap<string, string> {
  const options = { types: ["public" as const], languages: ["en"] };
  const calendar =
    region === undefined ? new Holidays(country, options) : new Holidays(country, region, options);
  const byDate = new Map<string, string>();
  for (const holiday of [...calendar.getHolidays(year - 1), ...calendar.getHolidays(year)]) {
    for (const date of wholeDays(holiday)) if (!byDate.has(date)) byDate.set(date, holiday.name);
  }
  return byDate;
}

/**
 * The dates a holiday covers from midnight to midnight. The library's `date` is the local one of the country (for the
 * Islamic and Hebrew calendars with a note on sunset, which is no offset); its instants are used for the length alone.
 */
function wholeDays(holiday: { readonly date: string; readonly start: Date; readonly end: Date }): string[] {
  const begins = Temporal.PlainDate.from(holiday.date.slice(0, 10));
  const startHour = Number(holiday.date.slice(11, 13));
  const hours = (holiday.end.getTime() - holiday.start.getTime()) / hourMs;
  const first = startHour === 0 ? begins : begins.add({ days: 1 });
  const hoursFromFirst = startHour === 0 ? hours : hours - (24 - startHour);
  // A day on which clocks change is up to an hour or two shorter.
  const days = Math.floor((hoursFromFirst + 2) / 24);
  return Array.from({ length: Math.max(0, days) }, (_, index) => first.add({ days: index }).toString());
}
