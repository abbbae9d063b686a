/** Prints what a run measured, as a table with ratios to the floor of the same run. */
import type { Floor } from "./floor.ts";
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
