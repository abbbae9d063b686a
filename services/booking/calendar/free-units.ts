/** Which of a resource's interchangeable units are free throughout a time. */
import type { TakenTime } from "./check-time.ts";
import type { EpochMs } from "./opening-rules.ts";

/** One unit taken for one stretch of time, end exclusive. */
export interface Allocation {
  readonly unit: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** The lowest free units, as many as asked for; undefined where there are fewer. */
export function pickUnits(
  taken: readonly Allocation[],
  capacity: number,
  time: TakenTime,
  quantity: number,
): number[] | undefined {
  const busy = busyUnits(taken, time);
  const picked: number[] = [];
  for (let unit = 1; unit <= capacity && picked.length < quantity; unit++)
    if (!busy.has(unit)) picked.push(unit);
  return picked.length === quantity ? picked : undefined;
}

/** How many units are free throughout. Units above a capacity that has since been lowered do not count. */
export function countFree(taken: readonly Allocation[], capacity: number, time: TakenTime): number {
  let free = capacity;
  for (const unit of busyUnits(taken, time)) if (unit <= capacity) free--;
  return free;
}

function busyUnits(taken: readonly Allocation[], time: TakenTime): Set<number> {
  const busy = new Set<number>();
  for (const one of taken) if (one.from < time.to && time.from < one.to) busy.add(one.unit);
  return busy;
}
