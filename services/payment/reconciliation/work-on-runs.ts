/** Works on runs, one at a time for all replicas: a page, written down with how far it is, then the next. */
import { backoffMs, pause } from "@holdfast/chassis/backoff";
import type { Logger } from "@holdfast/chassis/log";
import type { RunView } from "@holdfast/contracts/api/reconciliation";
import { instantAt } from "../payments/payment.ts";
import { readPage } from "./compare-pages.ts";
import { isMoreToCome, rowsToCheck, suspect } from "./discrepancy-rows.ts";
import { phaseAfter } from "./phases.ts";
import { recheck, type RecheckDeps } from "./recheck.ts";
import { advanceRun, claimRun, finishRun, LeaseLost, putDownRun, type Run, type Worker } from "./run-rows.ts";

export interface WorkDeps extends RecheckDeps, Worker {
  readonly log: Logger;
  /** Begins calls that repairs have written down. */
  readonly soon: () => void;
}

/** Rows compared by themselves in one round at most; the next run goes on with those looked at the longest ago. */
const checkedMax = 1_000;
const checkedAtOnce = 50;
/** Suspicions are waited for, and then what repairs come to. */
const roundsMax = 8;
/** Waited for here; what takes longer is put down. */
const waitHereMs = 1_000;
const failuresMax = 20;
const retry = { baseMs: 1_000, maxMs: 300_000 };

function plus(compared: RunView["compared"], more: Partial<RunView["compared"]>): RunView["compared"] {
  const sum = { ...compared, pages: compared.pages + 1 };
  for (const [name, count] of Object.entries(more) as [keyof typeof more, number][]) sum[name] += count;
  return sum;
}

/** A round of comparing each by itself. */
interface Round {
  readonly number: number;
  /** What was not compared since then is compared in it. */
  readonly since: string;
  readonly checked: number;
}

function roundOf({ cursor }: Run, nowMs: number): Round {
  return cursor === null ? { number: 1, since: instantAt(nowMs), checked: 0 } : (JSON.parse(cursor) as Round);
}

async function comparePage(deps: WorkDeps, run: Run): Promise<Run> {
  const { phase } = run;
  if (phase === "recheck") return run;
  const page = await readPage(deps, run, phase);
  return deps.transact(async (unit) => {
    await suspect(unit, await page.compare(unit), deps.decider.machineNow());
    const compared = plus(run.compared, page.counted);
    const { next } = page;
    const at = next === null ? phaseAfter(phase) : phase;
    return advanceRun(unit, run, { ...run, ...deps, compared, phase: at ?? "recheck", cursor: next });
  });
}

/** Some of the round's rows; the run as it is then, and whether there were any. */
async function checkSome(deps: WorkDeps, begun: Run, round: Round): Promise<{ run: Run; some: boolean }> {
  let run = begun;
  const nowMs = deps.nowMs();
  const rows = await deps.transact((unit) =>
    rowsToCheck(unit, { ...deps, before: round.since, nowMs, limit: checkedAtOnce }),
  );
  if (rows.length === 0 || round.checked >= checkedMax) return { run, some: false };
  const word = await deps.bookings.wordOn(rows.flatMap(({ booking_id: id }) => id ?? []));
  for (const [index, row] of rows.entries()) {
    const changed = await recheck(deps, row, word?.get(row.booking_id ?? ""));
    const cursor = JSON.stringify({ ...round, checked: round.checked + index + 1 });
    const opened = run.opened + (changed === "opened" ? 1 : 0);
    const closed = run.closed + (changed === "closed" ? 1 : 0);
    const before = run;
    run = await deps.transact((unit) =>
      advanceRun(unit, before, { ...before, ...deps, opened, closed, cursor }),
    );
  }
  deps.soon();
  return { run, some: true };
}

/** The round after this one, if anything is to come of what is suspected or being repaired. */
async function nextRound(deps: WorkDeps, run: Run, round: Round): Promise<Run | null> {
  const isMore = await deps.transact((unit) => isMoreToCome(unit, deps, run.created_at));
  if (!isMore || round.number >= roundsMax) return null;
  const since = instantAt(deps.nowMs() + deps.graceMs);
  const next: Round = { number: round.number + 1, since, checked: 0 };
  return deps.transact((unit) => advanceRun(unit, run, { ...run, ...deps, cursor: JSON.stringify(next) }));
}

/** Leads the run on until it is finished, or has to wait for long: then it is put down. */
async function work(deps: WorkDeps, claimed: Run, signal: AbortSignal): Promise<void> {
  let run = claimed;
  while (run.phase !== "recheck") {
    if (signal.aborted) return putDownRun(deps.db, run, 0);
    run = await comparePage(deps, run);
  }
  for (;;) {
    const round = roundOf(run, deps.nowMs());
    const waitMs = Temporal.Instant.from(round.since).epochMilliseconds - deps.nowMs();
    if (waitMs > waitHereMs || signal.aborted) return putDownRun(deps.db, run, Math.max(0, waitMs));
    if (waitMs > 0) await pause(waitMs, signal);
    const checked = await checkSome(deps, run, round);
    run = checked.run;
    if (checked.some) continue;
    const next = await nextRound(deps, run, round);
    if (next === null) return finishRun(deps.db, run, null, deps.decider.machineNow());
    run = next;
  }
}

async function giveUpOrWait(deps: WorkDeps, run: Run, error: unknown): Promise<void> {
  const failures = run.failures + 1;
  deps.log.warn({ err: error, runId: run.id, failures }, "a run of the reconciliation could not go on");
  if (failures < failuresMax) return putDownRun(deps.db, run, backoffMs(failures, retry), failures);
  const reason = error instanceof Error ? error.message : "unknown";
  await finishRun(deps.db, run, reason, deps.decider.machineNow());
}

/** Works on the run whose turn it is. Is there perhaps another? */
export async function workOnRuns(deps: WorkDeps, signal: AbortSignal): Promise<boolean> {
  const run = await claimRun(deps.transact, deps);
  if (run === null) return false;
  try {
    await work(deps, run, signal);
    return !signal.aborted;
  } catch (error) {
    if (error instanceof LeaseLost) return false;
    await giveUpOrWait(deps, run, error);
    return false;
  }
}
