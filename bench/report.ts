/** Prints what a run measured, as a table with ratios to the floor of the same run. */
import type { AvailabilityResults } from "./availability.ts";
import type { Floor } from "./floor.ts";
import type { GatewayCost } from "./gateway-cost.ts";
import type { HoldCost } from "./hold-cost.ts";
import type { HoldLimitCost } from "./hold-limit.ts";
import type { Measured, MeasuredSagas } from "./scenarios.ts";

export interface BenchResults {
  readonly at: string;
  readonly clients: number;
  readonly sagas: MeasuredSagas;
  readonly alone: MeasuredSagas;
  readonly holds: Measured;
  readonly holdsAtHalf: Measured;
  readonly floor: Floor;
}

/** Writes the report line by line. */
export function printReport(results: BenchResults, say: (line: string) => void): void {
  const { sagas, alone, holds, holdsAtHalf, floor, clients } = results;
  const row = (name: string, load: { perSecond: number; p50Ms: number; p99Ms: number }, more = "") =>
    say(
      `${name.padEnd(34)}${load.perSecond.toFixed(0).padStart(7)}/s   p50 ${load.p50Ms.toFixed(1).padStart(6)} ms   p99 ${load.p99Ms.toFixed(1).padStart(6)} ms   ${more}`,
    );
  say("");
  row(
    `full sagas, ${clients} clients`,
    sagas.load,
    `${(sagas.load.perSecond / floor.load.perSecond).toFixed(2)} of the floor`,
  );
  row("full sagas, one client", alone.load);
  row(`holds, ${clients} clients`, holds.load);
  row("holds at half that rate", holdsAtHalf.load);
  row("the floor (same SQL, one process)", floor.load);
  say("");
  say(`sagas a second until the last notification row: ${sagas.notifiedPerSecond.toFixed(0)}`);
  const { notificationRows, captures, mails } = sagas.drainSeconds;
  say(
    `drained after the last answer: notification rows ${notificationRows.toFixed(1)} s, captures ${captures.toFixed(1)} s, mails ${mails.toFixed(1)} s`,
  );
  say(
    `transactions a saga: ${sagas.transactionsEach.toFixed(2)} (floor ${floor.transactionsEach.toFixed(2)})`,
  );
  say(`WAL bytes a saga: ${sagas.walBytesEach.toFixed(0)} (floor ${floor.walBytesEach.toFixed(0)})`);
  say(`CPU ms a saga: ${sagas.cpuMsEach.map(([role, ms]) => `${role} ${ms.toFixed(2)}`).join(", ")}`);
  for (const [name, { load }] of Object.entries({ sagas, alone, holds, holdsAtHalf, floor })) {
    if (load.failed > 0) say(`${name}: ${load.failed} failed, such as ${load.sampleFailure}`);
  }
}

/** Writes how fast free time was found. */
export function printAvailability(results: AvailabilityResults, say: (line: string) => void): void {
  say("");
  say(`${results.allocations} allocations on ${results.resources} resources`);
  const { monthOfOne, weekOfAll } = results;
  for (const [name, asked] of Object.entries({ "a month of one": monthOfOne, "a week of all": weekOfAll })) {
    const { cold, load, loadBesideChanges: beside, changes, cpuMsEach, bytesEach } = asked;
    say(
      `${name.padEnd(16)}${load.perSecond.toFixed(0).padStart(4)}/s   p50 ${load.p50Ms.toFixed(1).padStart(6)} ms   p99 ${load.p99Ms.toFixed(1).padStart(6)} ms   ${(bytesEach / 1024).toFixed(0)} kB each`,
    );
    say(`  CPU ms each: ${cpuMsEach.map(([role, ms]) => `${role} ${ms.toFixed(2)}`).join(", ")}`);
    say(
      `  the first questions, with nothing in memory: p50 ${cold.p50Ms.toFixed(1)} ms, p99 ${cold.p99Ms.toFixed(1)} ms`,
    );
    say(
      `  beside ${changes.done} bookings: p50 ${beside.p50Ms.toFixed(1)} ms, p99 ${beside.p99Ms.toFixed(1)} ms; the bookings' p99 ${changes.p99Ms.toFixed(1)} ms`,
    );
    if (load.failed > 0) say(`  ${load.failed} failed, such as ${load.sampleFailure}`);
    if (beside.failed > 0) say(`  ${beside.failed} failed, such as ${beside.sampleFailure}`);
    if (changes.failed > 0) say(`  ${changes.failed} bookings failed, such as ${changes.sampleFailure}`);
  }
}

/** Writes what a hold cost beside how much was stored. */
export function printHoldCost(costs: readonly HoldCost[], say: (line: string) => void): void {
  say("");
  for (const { allocations, megabytes, aloneMs, inBatchMs, aloneRatio, inBatchRatio } of costs) {
    say(
      `${String(allocations).padStart(9)} allocations (${megabytes.toFixed(0)} MB): one by one ${aloneMs.toFixed(2)} ms (${aloneRatio.toFixed(2)}x), in batches ${inBatchMs.toFixed(3)} ms (${inBatchRatio.toFixed(2)}x)`,
    );
  }
}

/** Writes what it costs a hold that its guest's are counted. */
export function printHoldLimit(cost: HoldLimitCost, say: (line: string) => void): void {
  const { aloneMs, inBatchMs, aloneRatio, inBatchRatio } = cost;
  say("");
  say(
    `with holds counted: one by one ${aloneMs.toFixed(2)} ms (${aloneRatio.toFixed(3)}x of without), in batches ${inBatchMs.toFixed(3)} ms (${inBatchRatio.toFixed(3)}x)`,
  );
}

/** Writes what the gateway costs, beside nginx. */
export function printGatewayCost({ ways, clients, nginx }: GatewayCost, say: (line: string) => void): void {
  say("");
  say(`one route, ${clients} clients; ${nginx}`);
  const straight = ways[0]?.perSecond ?? 0;
  for (const { name, perSecond, p50Ms, p99Ms, proxyCpuMs } of ways) {
    say(
      `${name.padEnd(10)}${perSecond.toFixed(0).padStart(6)}/s (${(perSecond / straight).toFixed(2)} of straight)   p50 ${p50Ms.toFixed(1).padStart(5)} ms   p99 ${p99Ms.toFixed(1).padStart(6)} ms   its own CPU ${proxyCpuMs.toFixed(3)} ms each`,
    );
  }
}
