/** The ledger's endpoints. */
import { handle, type Route } from "@holdfast/chassis/endpoint";
import type { RepetitionDeps } from "@holdfast/chassis/idempotency";
import * as api from "@holdfast/contracts/api/ledger";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { changeCommission, showCommission } from "./set-commission.ts";
import { listCloses, proveClose } from "./show-closes.ts";
import { listTransactions, showBalances } from "./show-ledger.ts";

export interface LedgerDeps extends RepetitionDeps<PaymentTables> {
  readonly db: Kysely<PaymentTables>;
  readonly decider: Decider;
}

export function ledgerRoutes(deps: LedgerDeps): Route[] {
  return [
    handle(api.getLedgerBalances, (call) => showBalances(deps, call)),
    handle(api.listLedgerTransactions, (call) => listTransactions(deps, call)),
    handle(api.listLedgerCloses, (call) => listCloses(deps, call)),
    handle(api.getLedgerClose, (call) => proveClose(deps, call)),
    handle(api.getCommission, (call) => showCommission(deps, call)),
    handle(api.setCommission, (call) => changeCommission(deps, call)),
  ];
}
