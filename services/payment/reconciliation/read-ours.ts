/** Reads what is compared of ours, many at a time: charges, their ledger, what their bookings were settled at, open calls. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Charges } from "../payments/payment.ts";
import { toPayment } from "../payments/payment-rows.ts";
import type { SettledAt } from "./compare-bookings.ts";
import { type LedgerOfCharge, nothingPosted } from "./compare-charges.ts";
import type { KnownDispute, OpenCall } from "./compare-others.ts";

type Unit = Pick<UnitOfWork<PaymentTables>, "tx">;
type BookingIds = readonly Id<"bkg">[];

/** The bookings' charges, each booking's by number. */
export async function readCharges({ tx }: Unit, bookingIds: BookingIds): Promise<Map<string, Charges>> {
  if (bookingIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom("payments")
    .selectAll()
    .where(sql<boolean>`booking_id = any(${bookingIds})`)
    .orderBy("booking_id")
    .orderBy("charge")
    .execute();
  return Map.groupBy(rows.map(toPayment), ({ bookingId }) => bookingId);
}

interface Posted {
  readonly payment_id: string;
  readonly kind: "capture" | "fee" | "refund";
  readonly account: string;
  readonly amount: number;
}

/** What the ledger has of each charge, by the charge's id. A refund is named by its row, all else by the charge. */
export async function readLedger({ tx }: Unit, bookingIds: BookingIds): Promise<Map<string, LedgerOfCharge>> {
  const { rows } = await sql<Posted>`
    select p.id as payment_id, t.kind, e.account, sum(e.amount_minor)::bigint as amount
    from ledger_transactions t
    join ledger_entries e on e.transaction_id = t.id
    left join refunds r on t.kind = 'refund' and r.id = t.cause
    join payments p on p.booking_id = t.booking_id
      and case when t.kind = 'refund' then p.charge = r.charge else p.id = split_part(t.cause, ':', 1) end
    where t.booking_id = any(${bookingIds}) and t.kind in ('capture', 'fee', 'refund')
    group by 1, 2, 3`.execute(tx);
  const ledger = new Map<string, LedgerOfCharge>();
  for (const { payment_id: id, account, amount } of rows) {
    const before = ledger.get(id) ?? nothingPosted;
    if (account === "guest") ledger.set(id, { ...before, capturedMinor: before.capturedMinor - amount });
    if (account === "refunds") ledger.set(id, { ...before, refundedMinor: before.refundedMinor + amount });
    if (account === "stripe-fee") ledger.set(id, { ...before, feeMinor: before.feeMinor + amount });
  }
  return ledger;
}

export async function readSettlements({ tx }: Unit, bookingIds: BookingIds): Promise<Map<string, SettledAt>> {
  const rows = await tx
    .selectFrom("settlements")
    .select(["booking_id", "captured_minor", "refunded_minor", "times", "due"])
    .where(sql<boolean>`booking_id = any(${bookingIds})`)
    .execute();
  return new Map(
    rows.map(
      ({ booking_id: id, captured_minor: capturedMinor, refunded_minor: refundedMinor, times, due }) => [
        id,
        { capturedMinor, refundedMinor, times, due },
      ],
    ),
  );
}

/** Disputes by the provider's ids. */
export async function readDisputes(
  { tx }: Unit,
  providerIds: readonly string[],
): Promise<Map<string, KnownDispute>> {
  if (providerIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom("disputes")
    .select(["provider_id", "provider_status", "call", "parked_reason"])
    .where(sql<boolean>`provider_id = any(${providerIds})`)
    .execute();
  return new Map(
    rows.map((row) => [
      row.provider_id,
      {
        providerStatus: row.provider_status,
        isBeingRead: row.call !== null && row.parked_reason === null,
      },
    ]),
  );
}

/** Calls looked at in a run at most; where more are open something else is the matter. */
const callsMax = 500;

/** Calls that were written down before `beforeMs` and not answered, or the one of `subject`. */
export async function readOpenCalls(
  { tx }: Unit,
  { beforeMs, subject = null }: { readonly beforeMs: number; readonly subject?: string | null },
): Promise<OpenCall[]> {
  const { rows } = await sql<OpenCall>`
    select subject, booking_id as "bookingId", call ->> 'key' as key, parked as "isParked",
      (call ->> 'plannedAtMs')::bigint as "plannedAtMs"
    from (
      select id as subject, booking_id, call, parked_reason is not null as parked, next_attempt_at from payments
        where next_attempt_at is not null
      union all
      select id, booking_id, call, parked_reason is not null, next_attempt_at from transfers
        where next_attempt_at is not null
      union all
      select provider_id, booking_id, call, parked_reason is not null, next_attempt_at from disputes
        where next_attempt_at is not null
      union all
      select subject, booking_id, call, parked_reason is not null, next_attempt_at from discrepancies
        where next_attempt_at is not null
    ) open
    where call is not null and (call ->> 'plannedAtMs')::bigint <= ${beforeMs}
      and (${subject}::text is null or subject = ${subject})
    limit ${callsMax}`.execute(tx);
  return rows;
}
