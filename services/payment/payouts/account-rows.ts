/** Reads vendors' payout accounts, and writes back what was decided about them. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { payoutAccountChanged } from "@holdfast/contracts/events/payment";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { PayoutAccountTable } from "./payout-tables.ts";
import type { PayoutAccount } from "./payout-account.ts";

/** A row as the core sees it. */
export function toPayoutAccount(row: Selectable<PayoutAccountTable>): PayoutAccount {
  return {
    vendorId: row.vendor_id,
    country: row.country,
    accountId: row.account_id,
    currency: row.currency,
    state: row.state,
    missing: row.missing,
    reason: row.reason,
    version: row.version,
    looks: row.looks,
    call: row.call,
    calls: row.calls,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at,
    parkedReason: row.parked_reason,
    createdAt: row.created_at,
  };
}

function toRow(account: PayoutAccount) {
  return {
    country: account.country,
    account_id: account.accountId,
    currency: account.currency,
    state: account.state,
    missing: [...account.missing],
    reason: account.reason,
    version: account.version,
    looks: account.looks,
    call: account.call === null ? null : JSON.stringify(account.call),
    calls: account.calls,
    failures: account.failures,
    next_attempt_at: account.nextAttemptAt,
    parked_reason: account.parkedReason,
  };
}

export async function findAccount(
  db: Kysely<PaymentTables>,
  vendorId: Id<"vnd">,
): Promise<PayoutAccount | undefined> {
  const row = await db
    .selectFrom("payout_accounts")
    .selectAll()
    .where("vendor_id", "=", vendorId)
    .executeTakeFirst();
  return row && toPayoutAccount(row);
}

type Unit = UnitOfWork<PaymentTables>;

/** The vendor's account, nobody else's to change until the commit. */
export async function lockAccount(
  { tx }: Pick<Unit, "tx">,
  vendorId: Id<"vnd">,
): Promise<PayoutAccount | undefined> {
  const row = await tx
    .selectFrom("payout_accounts")
    .selectAll()
    .where("vendor_id", "=", vendorId)
    .forUpdate()
    .executeTakeFirst();
  return row && toPayoutAccount(row);
}

/** Adds an account; false where the vendor has one by now. */
export async function insertAccount({ tx }: Pick<Unit, "tx">, account: PayoutAccount): Promise<boolean> {
  const inserted = await tx
    .insertInto("payout_accounts")
    .values({ vendor_id: account.vendorId, created_at: account.createdAt, ...toRow(account) })
    .onConflict((on) => on.column("vendor_id").doNothing())
    .returning("vendor_id")
    .executeTakeFirst();
  return inserted !== undefined;
}

/** Writes what was decided about a locked account, and says so where others are to know. */
export async function writeAccount(
  unit: Unit,
  before: PayoutAccount,
  after: PayoutAccount,
  times: { readonly now: Temporal.Instant; readonly machineNow: string },
): Promise<void> {
  if (before === after) return;
  const { vendorId, state, version } = after;
  await unit.tx
    .updateTable("payout_accounts")
    .set({ ...toRow(after), updated_at: times.machineNow })
    .where("vendor_id", "=", vendorId)
    .execute();
  if (version === before.version) return;
  unit.announce(payoutAccountChanged, {
    subject: vendorId,
    version,
    data: { vendorId, state },
    time: times.now,
  });
}

/** The vendor is paid out next from this business time on. */
export async function setNextPayout(
  { tx }: Pick<Unit, "tx">,
  vendorId: Id<"vnd">,
  at: Temporal.Instant,
): Promise<void> {
  await tx
    .updateTable("payout_accounts")
    .set({ next_payout_at: at.toString() })
    .where("vendor_id", "=", vendorId)
    .execute();
}
