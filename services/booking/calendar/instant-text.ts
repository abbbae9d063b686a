/** Instants as answers write them. */
import { dateText, minuteMs, type EpochMs } from "./zone-days.ts";

const dayMs = 1440 * minuteMs;
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
    : `${dateText(day)}${minute}:00Z`;
}
