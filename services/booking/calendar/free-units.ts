/**
 * Which of a resource's interchangeable units a booking can have. What counts is how many are taken at any moment;
 * which unit a booking is given is a label, and labels are dealt anew when they alone stand in the way.
 */
import type { TakenTime } from "./check-time.ts";
import type { EpochMs } from "./opening-rules.ts";

/** One unit taken for one stretch of time, end exclusive. */
export interface Allocation extends TakenTime {
  readonly unit: number;
}

/** An allocation with the booking it is for. */
export interface OwnedAllocation extends Allocation {
  readonly bookingId: string;
}

/** How many units are free at every moment of the time; negative where a capacity was lowered below what is booked. */
export function countFree(taken: readonly TakenTime[], capacity: number, time: TakenTime): number {
  return capacity - mostAtOnce(taken.filter((one) => overlaps(one, time)));
}

/** The lowest units that are free throughout, as many as asked for; undefined where fewer are free in one piece. */
export function pickUnits(
  taken: readonly Allocation[],
  capacity: number,
  time: TakenTime,
  quantity: number,
): number[] | undefined {
  const busy = new Set(taken.filter((one) => overlaps(one, time)).map((one) => one.unit));
  const picked: number[] = [];
  for (let unit = 1; unit <= capacity && picked.length < quantity; unit++)
    if (!busy.has(unit)) picked.push(unit);
  return picked.length === quantity ? picked : undefined;
}

/**
 * Deals the units anew so that a time fits wherever enough units are free at every moment. Intervals dealt in the order
 * of their starts, each to the lowest free unit, need no more units than are taken at once (interval graphs are perfect).
 * `taken` must hold everything that overlaps the time, and everything that overlaps that, and so on.
 */
export function dealAnew(
  taken: readonly OwnedAllocation[],
  time: TakenTime,
  quantity: number,
): { readonly units: number[]; readonly dealt: OwnedAllocation[] } {
  const asked = Array.from({ length: quantity }, () => ({ ...time, bookingId: "", unit: 0 }));
  const freeFrom: EpochMs[] = [];
  const dealt = [...taken, ...asked]
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
    .map((one) => {
      const free = freeFrom.findIndex((from) => from <= one.from);
      const index = free === -1 ? freeFrom.length : free;
      freeFrom[index] = one.to;
      return { ...one, unit: index + 1 };
    });
  const isAsked = (one: OwnedAllocation) => one.bookingId === "";
  return {
    units: dealt.filter(isAsked).map((one) => one.unit),
    dealt: dealt.filter((one) => !isAsked(one)),
  };
}

function overlaps(one: TakenTime, other: TakenTime): boolean {
  return one.from < other.to && other.from < one.to;
}

/** The largest number of stretches that share a moment. */
function mostAtOnce(stretches: readonly TakenTime[]): number {
  const turns = stretches
    .flatMap((one) => [
      { at: one.from, by: 1 },
      { at: one.to, by: -1 },
    ])
    // What ends at a moment makes room for what begins at it.
    .toSorted((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of turns) most = Math.max(most, (now += by));
  return most;
}
