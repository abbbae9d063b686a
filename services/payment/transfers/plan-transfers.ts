/**
 * Plans transfers: of each vendor whose day it is, what it is owed in each currency, less what it owes. A transfer is
 * written down with the items it takes in one transaction, behind the lock of the vendor's account, and sent after it.
 */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type Id, newId } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { lockAccount, setNextPayout } from "../payouts/account-rows.ts";
import type { PayoutAccount } from "../payouts/payout-account.ts";
import { nextPayoutAt } from "../payouts/schedule.ts";
import { effectiveSchedule } from "../payouts/schedule-rows.ts";
import { payableOf } from "./payable.ts";
import { unparkPayout } from "./parked-payouts.ts";
import { type TransferDeps, transferJobs } from "./transfer-calls.ts";
import { claimItems, insertTransfer, selectOpenItems, toOpenItem } from "./transfer-rows.ts";
import { newTransfer, type Transfer } from "./transfer.ts";

type Unit = UnitOfWork<PaymentTables>;

/** Vendors planned for in one run of the sweep at most, each in a transaction of its own. */
const vendorsMax = 50;
const currenciesMax = 50;

const isSuspended = sql<boolean>`exists (
  select from vendors v where v.vendor_id = payout_accounts.vendor_id and v.suspended)`;

/** What is being taken back may still be netted: were a transfer planned meanwhile, the debt would count in both. */
const isTakenBackFrom = sql<boolean>`exists (
  select from transfers t
  where t.vendor_id = payout_accounts.vendor_id and t.state = 'planned' and t.kind = 'reversal')`;

/** Who can be paid out and is due. Of whom something is being taken back stays due until that is decided. */
function dueVendors(db: Kysely<PaymentTables>, now: Temporal.Instant) {
  return db
    .selectFrom("payout_accounts")
    .select("vendor_id as vendorId")
    .where("state", "=", "enabled")
    .where("next_payout_at", "<=", now.toString())
    .where((eb) => eb.not(isSuspended))
    .where((eb) => eb.not(isTakenBackFrom))
    .orderBy("next_payout_at")
    .limit(vendorsMax);
}

/** What can be tried again of what was refused. */
async function toRetry(db: Kysely<PaymentTables>, machineNow: string) {
  const { rows } = await sql<{ vendorId: Id<"vnd">; currency: string }>`
    select p.vendor_id as "vendorId", p.currency
    from parked_payouts p join payout_accounts using (vendor_id)
    where p.retry_at <= ${machineNow} and payout_accounts.state = 'enabled'
      and not ${isSuspended} and ${nothingUnderWay("p")}
    order by p.retry_at limit ${vendorsMax}`.execute(db);
  return rows;
}

/** Currencies in which nothing was refused, nor is on its way or back: what was is tried again in its own time. */
async function currenciesToPlan({ tx }: Unit, vendorId: Id<"vnd">): Promise<string[]> {
  const { rows } = await sql<{ currency: string }>`
    select distinct i.currency from vendor_items i where i.vendor_id = ${vendorId} and i.transfer_id is null
      and not exists (select from parked_payouts p where p.vendor_id = i.vendor_id and p.currency = i.currency)
      and ${nothingUnderWay("i")}
    order by i.currency limit ${currenciesMax}`.execute(tx);
  return rows.map(({ currency }) => currency);
}

function nothingUnderWay(of: "i" | "p") {
  const [vendor, currency] = [sql.ref(`${of}.vendor_id`), sql.ref(`${of}.currency`)];
  return sql`not exists (select from transfers t
    where t.vendor_id = ${vendor} and t.currency = ${currency} and t.state = 'planned')`;
}

/** Takes the vendor's payable items into a transfer; null where they come to nothing, or to less. */
async function plan(
  deps: TransferDeps,
  unit: Unit,
  { vendorId, accountId }: PayoutAccount & { readonly accountId: string },
  currency: string,
): Promise<Transfer | null> {
  const { decider, terms } = deps;
  const rows = await selectOpenItems(unit.tx, { vendorId, currency }).forUpdate().execute();
  const items = rows.map(toOpenItem);
  const now = decider.now();
  const { holdDays } = await effectiveSchedule(unit.tx, vendorId, terms);
  const { taken, takenMinor } = payableOf(items, { now, holdDays });
  if (takenMinor <= 0) return null;
  const payableMinor = taken.reduce((sum, item) => sum + item.payableMinor, 0);
  const transfer = newTransfer(
    {
      id: newId("trf"),
      vendorId,
      accountId,
      currency,
      payableMinor,
      taxMinor: takenMinor - payableMinor,
      reverses: null,
      createdAt: now.toString(),
    },
    decider.circumstances(),
  );
  await insertTransfer(unit, transfer);
  await claimItems(unit, taken, transfer.id);
  return transfer;
}

async function planAll(
  deps: TransferDeps,
  unit: Unit,
  account: PayoutAccount | undefined,
  currencies: readonly string[],
): Promise<void> {
  if (account?.state !== "enabled" || account.accountId === null) return;
  for (const currency of currencies) {
    const transfer = await plan(deps, unit, { ...account, accountId: account.accountId }, currency);
    if (transfer !== null) unit.afterCommit(() => deps.written.begin(transferJobs(deps, transfer)));
    else await unparkPayout(unit, { vendorId: account.vendorId, currency });
  }
}

/** Plans for one vendor after the other; one that cannot be planned for holds up no other. Did all go well? */
async function forEach<T extends { readonly vendorId: Id<"vnd"> }>(
  { transact, log }: TransferDeps,
  of: readonly T[],
  planFor: (unit: Unit, one: T) => Promise<void>,
): Promise<boolean> {
  let isWell = true;
  for (const one of of) {
    try {
      await transact((unit) => planFor(unit, one));
    } catch (error) {
      isWell = false;
      log.error({ err: error, vendorId: one.vendorId }, "transfers could not be planned");
    }
  }
  return isWell;
}

/** Plans for the vendors whose day has come. Are there perhaps more? */
export async function planDueTransfers(deps: TransferDeps): Promise<boolean> {
  const { db, decider, terms } = deps;
  const due = await dueVendors(db, decider.now()).execute();
  const isWell = await forEach(deps, due, async (unit, { vendorId }) => {
    const account = await lockAccount(unit, vendorId);
    // Behind the lock again: whoever held it may have planned, or begun to take something back.
    const stillDue = dueVendors(unit.tx, decider.now()).where("vendor_id", "=", vendorId);
    if ((await stillDue.executeTakeFirst()) === undefined) return;
    await planAll(deps, unit, account, await currenciesToPlan(unit, vendorId));
    const schedule = await effectiveSchedule(unit.tx, vendorId, terms);
    await setNextPayout(unit, vendorId, nextPayoutAt(schedule, decider.now()));
  });
  return isWell && due.length === vendorsMax;
}

/** Plans anew for what was refused, once its time has come. Is there perhaps more? */
export async function retryParked(deps: TransferDeps): Promise<boolean> {
  const { db, decider } = deps;
  const parked = await toRetry(db, decider.machineNow());
  const isWell = await forEach(deps, parked, async (unit, { vendorId, currency }) => {
    const account = await lockAccount(unit, vendorId);
    const { rows } = await sql<{ currency: string }>`
      select p.currency from parked_payouts p where p.vendor_id = ${vendorId} and p.currency = ${currency}
        and p.retry_at <= ${decider.machineNow()} and ${nothingUnderWay("p")}`.execute(unit.tx);
    const currencies = rows.map((row) => row.currency);
    await planAll(deps, unit, account, currencies);
  });
  return isWell && parked.length === vendorsMax;
}
