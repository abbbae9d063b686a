/** The reconciliation's endpoints. */
import { handle, type Route } from "@holdfast/chassis/endpoint";
import type { RepetitionDeps } from "@holdfast/chassis/idempotency";
import * as api from "@holdfast/contracts/api/reconciliation";
import type { PaymentTables } from "../database.ts";
import { listDiscrepancies } from "./list-discrepancies.ts";
import { listRuns, type RunsDeps, showRun, startRun } from "./runs.ts";

export interface ReconciliationDeps extends RepetitionDeps<PaymentTables> {
  readonly runs: RunsDeps;
}

export function reconciliationRoutes(deps: ReconciliationDeps): Route[] {
  const { runs } = deps;
  return [
    handle(api.startReconciliation, (call) => startRun({ ...deps, ...runs }, call)),
    handle(api.getReconciliation, (call) => showRun(runs, call)),
    handle(api.listReconciliations, (call) => listRuns(runs, call)),
    handle(api.listDiscrepancies, (call) => listDiscrepancies(runs, call)),
  ];
}
