/** Instants as answers write them. */
import { minuteMs, type EpochMs } from "./opening-rules.ts";

const dayMs = 1440 * minuteMs;
/** More days than listings are about at any time. */
const daysMax = 2000;
const days = new Map<number, string>();
const minutes = Array.from({ length: 1440 }, (_, minute) =>
  new Date(minute * minuteMs).toISOString().slice(10, 16),
);

/**
 * As Temporal writes it: without milliseconds, of which no time that can be booked has any. A listing writes thousands,
 * so date and time of day are put together from parts already written.
 */
export function instantText(at: EpochMs): string {
  const day = Math.floor(at / dayMs);
  const minute = minutes[(at - day * dayMs) / minuteMs];
  return minute === undefined
    ? new Date(at).toISOString().replace(".000Z", "Z")
    : `${dayText(day)}${minute}:00Z`;
}

function dayText(day: number): string {
  const known = days.get(day);
  if (known !== undefined) return known;
  if (days.size >= daysMax) days.clear();
  const text = new Date(day * dayMs).toISOString().slice(0, 10);
  days.set(day, text);
  return text;
}
