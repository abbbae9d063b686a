/** The endpoints by which vendors and operators see and steer what vendors are paid. */
import { answer, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import { idempotent, type RepetitionDeps } from "@holdfast/chassis/idempotency";
import * as earnings from "@holdfast/contracts/api/earnings";
import * as payouts from "@holdfast/contracts/api/payouts";
import type { PaymentTables } from "../database.ts";
import { readStatement, type StatementAsked } from "../statements/read-statement.ts";
import { statementCsv } from "../statements/statement-csv.ts";
import { listTransfers } from "../transfers/list-transfers.ts";
import { listParkedPayouts, retryPayouts } from "../transfers/operate-payouts.ts";
import { showBalance } from "../transfers/show-balance.ts";
import type { TransferDeps } from "../transfers/transfer-calls.ts";
import { type OnVendor, requireActor } from "../vendors/may-act-for.ts";
import { createOnboardingLink } from "./create-onboarding-link.ts";
import { createPayoutAccount } from "./create-payout-account.ts";
import { payoutAccountView } from "./payout-account-view.ts";
import { setPayoutSchedule, showPayoutSchedule } from "./payout-schedule.ts";
import { showPayoutAccount } from "./show-payout-account.ts";

export type PayoutRoutesDeps = TransferDeps & RepetitionDeps<PaymentTables>;

const uncached = { "cache-control": "no-store" } as const;

export function payoutRoutes(deps: PayoutRoutesDeps): Route[] {
  return [...accountRoutes(deps), ...scheduleRoutes(deps), ...earningsRoutes(deps), ...operatorRoutes(deps)];
}

function accountRoutes(deps: PayoutRoutesDeps): Route[] {
  const { db } = deps;
  return [
    handle(payouts.getPayoutAccount, async (call) => {
      await requireActor(db, call);
      return answer(await showPayoutAccount(db, call.params.vendorId));
    }),
    handle(payouts.createPayoutAccount, (call) =>
      idempotent(deps, call, async (unit) => {
        await requireActor(unit.tx, call);
        const asked = { ...call.params, ...call.body };
        return answer(payoutAccountView(await createPayoutAccount(deps, unit, asked)));
      }),
    ),
    handle(payouts.createOnboardingLink, async (call) => {
      await requireActor(db, call);
      const { returnUrl, refreshUrl = returnUrl } = call.body;
      const link = await createOnboardingLink(deps, call.params.vendorId, { returnUrl, refreshUrl });
      return answer(link, { headers: uncached });
    }),
  ];
}

function scheduleRoutes(deps: PayoutRoutesDeps): Route[] {
  const { db } = deps;
  return [
    handle(payouts.getPayoutSchedule, async (call) => {
      await requireActor(db, call);
      return answer(await showPayoutSchedule(db, deps.terms, call.params.vendorId));
    }),
    handle(payouts.setPayoutSchedule, (call) =>
      idempotent(deps, call, async (unit) => {
        await requireActor(unit.tx, call);
        const asked = { ...call.params, schedule: call.body, now: deps.decider.now() };
        return answer(await setPayoutSchedule(unit, deps.terms, asked));
      }),
    ),
  ];
}

function earningsRoutes(deps: PayoutRoutesDeps): Route[] {
  const { db } = deps;
  const statement = async (call: OnVendor & { readonly query: Omit<StatementAsked, "vendorId"> }) => {
    await requireActor(db, call);
    return readStatement(db, { ...call.params, ...call.query });
  };
  return [
    handle(earnings.getVendorBalance, async (call) => {
      await requireActor(db, call);
      return answer(await showBalance(db, deps.terms, { ...call.params, now: deps.decider.now() }));
    }),
    handle(earnings.listVendorTransfers, async (call) => {
      await requireActor(db, call);
      return answer(await listTransfers(db, call.params.vendorId, call.query));
    }),
    handle(earnings.getVendorStatement, async (call) => answer(await statement(call), { headers: uncached })),
    handle(earnings.exportVendorStatement, async (call) => {
      const headers = { ...uncached, "content-disposition": 'attachment; filename="statement.csv"' };
      return answer(statementCsv(await statement(call)), { headers });
    }),
  ];
}

function operatorRoutes(deps: PayoutRoutesDeps): Route[] {
  const { db } = deps;
  return [
    handle(payouts.listParkedPayouts, async ({ query }) => answer(await listParkedPayouts(db, query))),
    handle(payouts.retryPayouts, (call) =>
      idempotent(deps, call, async (unit) => {
        const { decider } = deps;
        const times = { now: decider.now(), machineNow: decider.machineNow() };
        await retryPayouts(unit, call.params.vendorId, times);
        return noContent();
      }),
    ),
  ];
}
