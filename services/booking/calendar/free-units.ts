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

/** An allocation with the booking or the block it is for. */
export interface OwnedAllocation extends Allocation {
  readonly ownerId: string;
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

/** Time somebody wants, of so many units. */
export interface WantedTime extends TakenTime {
  readonly quantity: number;
}

/**
 * Deals the units anew so that times fit wherever enough units are free at every moment. Intervals dealt in the order
 * of their starts, each to the lowest free unit, need no more units than are taken at once (interval graphs are perfect).
 * `taken` must hold everything that overlaps a wanted time, and everything that overlaps that, and so on. Answers with
 * the units of each wanted time, in their order, and with what was taken under its new units.
 */
export function dealAnew(
  taken: readonly OwnedAllocation[],
  wanted: readonly WantedTime[],
): { readonly units: readonly (readonly number[])[]; readonly dealt: OwnedAllocation[] } {
  const units: number[][] = wanted.map(() => []);
  const dealt: OwnedAllocation[] = [];
  const stretches = [
    ...taken.map((of) => ({ from: of.from, to: of.to, give: (unit: number) => dealt.push({ ...of, unit }) })),
    ...wanted.flatMap(({ from, to, quantity }, index) =>
      Array.from({ length: quantity }, () => ({
        from,
        to,
        give: (unit: number) => units[index]!.push(unit),
      })),
    ),
  ];
  const freeFrom: EpochMs[] = [];
  for (const one of stretches.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const free = freeFrom.findIndex((from) => from <= one.from);
    const index = free === -1 ? freeFrom.length : free;
    freeFrom[index] = one.to;
    one.give(index + 1);
  }
  return { units, dealt };
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
