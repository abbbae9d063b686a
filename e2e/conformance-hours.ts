/** Short ways to write a trade's hours down. */
import { weekdays, type OpenInterval, type Weekday } from "@holdfast/contracts/availability-rules";

export const everyDay: readonly Weekday[] = weekdays;

/** The same hours on each of these days. */
export function weekly(
  days: readonly Weekday[],
  ...hours: readonly string[]
): Partial<Record<Weekday, OpenInterval[]>> {
  return Object.fromEntries(days.map((day) => [day, pairs(hours)]));
}

function pairs(hours: readonly string[]): OpenInterval[] {
  return hours.length === 0 ? [] : [{ from: hours[0]!, to: hours[1]! }, ...pairs(hours.slice(2))];
}

/** Starts on a date, every so many minutes from one time to another, both included. */
export function starts(date: string, from: string, to: string, everyMinutes: number): string[] {
  const [first, last] = [from, to].map((time) => Temporal.PlainDateTime.from(`${date}T${time}`)) as [
    Temporal.PlainDateTime,
    Temporal.PlainDateTime,
  ];
  const count = Math.floor(first.until(last).total("minutes") / everyMinutes) + 1;
  return Array.from({ length: count }, (_, index) =>
    first.add({ minutes: index * everyMinutes }).toString({ smallestUnit: "minute" }),
  );
}
