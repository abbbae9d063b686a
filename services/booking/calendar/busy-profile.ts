/** How many units are taken when, as steps: what `countFree` says of a list of allocations, asked many times. */
import type { TakenTime } from "./check-time.ts";
import type { EpochMs } from "./opening-rules.ts";

/**
 * Steps in order; `units[i]` units are taken from `at[i]` until `at[i + 1]`, none before the first and after the last.
 * Tens of thousands are kept, so they are plain arrays: a typed one is 225 bytes and a piece of memory outside the heap
 * beside what is in it, and the collector has to follow both.
 */
export interface BusyProfile {
  readonly at: readonly EpochMs[];
  readonly units: readonly number[];
}

export const neverBusy: BusyProfile = { at: [], units: [] };

/** The steps of these stretches, in any order. */
export function profileOf(stretches: readonly TakenTime[]): BusyProfile {
  if (stretches.length === 0) return neverBusy;
  const begins = new Float64Array(stretches.length);
  const ends = new Float64Array(stretches.length);
  for (let index = 0; index < stretches.length; index++) {
    begins[index] = stretches[index]!.from;
    ends[index] = stretches[index]!.to;
  }
  begins.sort();
  ends.sort();
  const at: EpochMs[] = [];
  const units: number[] = [];
  let taken = 0;
  for (let b = 0, e = 0; e < ends.length;) {
    const next = b < begins.length ? Math.min(begins[b]!, ends[e]!) : ends[e]!;
    // What ends at a moment makes room for what begins at it.
    for (; e < ends.length && ends[e] === next; e++) taken--;
    for (; b < begins.length && begins[b] === next; b++) taken++;
    at.push(next);
    units.push(taken);
  }
  return { at, units };
}

/** What a profile says of the time, and no more of it. */
export function partOf({ at, units }: BusyProfile, time: TakenTime): BusyProfile {
  const first = Math.max(0, lastUntil(at, time.from));
  const end = lastUntil(at, time.to) + 1;
  return first >= end ? neverBusy : { at: at.slice(first, end), units: units.slice(first, end) };
}

/** The most units taken at once in the time. */
export function mostTaken(profile: BusyProfile, time: TakenTime): number {
  const { at, units } = profile;
  let most = 0;
  for (let i = Math.max(0, lastUntil(at, time.from)); i < at.length && at[i]! < time.to; i++) {
    if (units[i]! > most) most = units[i]!;
  }
  return most;
}

/** Index of the last step at or before that moment; -1 where there is none. */
function lastUntil(at: readonly EpochMs[], moment: EpochMs): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at[middle]! <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
