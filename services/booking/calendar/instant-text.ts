/** Instants as answers write them. */
import { LRUCache } from "lru-cache";
import type { EpochMs } from "./opening-rules.ts";

/** A listing writes thousands, and most are the same few: the full hours of the weeks ahead. */
const known = new LRUCache<EpochMs, string>({ max: 20_000 });

/** As Temporal writes it: without milliseconds, of which no time that can be booked has any. */
export function instantText(at: EpochMs): string {
  const text = known.get(at);
  if (text !== undefined) return text;
  const written = new Date(at).toISOString().replace(".000Z", "Z");
  known.set(at, written);
  return written;
}
