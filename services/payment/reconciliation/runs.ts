/** Runs at an administrator's wish, and how far each is. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import { answer, type Call } from "@holdfast/chassis/endpoint";
import { idempotent, type RepetitionDeps } from "@holdfast/chassis/idempotency";
import type {
  getReconciliation,
  listReconciliations,
  RunView,
  startReconciliation,
} from "@holdfast/contracts/api/reconciliation";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { reconciliationNotFound } from "../problems.ts";
import { insertRun, type Run } from "./run-rows.ts";

export interface RunsDeps {
  readonly db: Kysely<PaymentTables>;
  readonly decider: Decider;
  /** How far back a run goes that does not say. */
  readonly days: number;
  /** Has whatever waits worked on now. */
  readonly begin: () => void;
}

function runView(run: Run): RunView {
  const { id: runId, cause, state, since, phase, compared, opened, closed, failure } = run;
  const times = { createdAt: run.created_at, finishedAt: run.finished_at };
  return { runId, cause, state, since, phase, compared, opened, closed, failure, ...times };
}

export async function startRun(
  deps: RunsDeps & RepetitionDeps<PaymentTables>,
  call: Call<typeof startReconciliation>,
) {
  const { decider, begin } = deps;
  return idempotent(deps, call, async (unit) => {
    const now = Temporal.Instant.from(decider.machineNow());
    const run = await insertRun(unit.tx, { cause: "asked", days: call.body.days ?? deps.days, now });
    unit.afterCommit(begin);
    return answer(runView(run));
  });
}

/** @throws reconciliationNotFound */
export async function showRun({ db }: RunsDeps, { params }: Call<typeof getReconciliation>) {
  const run = await db
    .selectFrom("reconciliation_runs")
    .selectAll()
    .where("id", "=", params.runId)
    .executeTakeFirst();
  if (run === undefined) throw reconciliationNotFound();
  return answer(runView(run));
}

/** @throws requestInvalid for a cursor that is none of this list's */
export async function listRuns({ db }: RunsDeps, { query }: Call<typeof listReconciliations>) {
  const { limit, after } = query;
  let runs = db
    .selectFrom("reconciliation_runs")
    .selectAll()
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (after !== undefined) runs = runs.where("id", "<", readCursor("rcn", after));
  const rows = await runs.execute();
  const items = rows.slice(0, limit).map(runView);
  const last = items.at(-1);
  const isMore = last !== undefined && rows.length > limit;
  return answer({ items, next: isMore ? cursorOf(last.runId) : null });
}
