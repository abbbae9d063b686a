/** Takes money that waits for its document out of the reach of other replicas for a while. */
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Movement } from "./compose-invoice.ts";

/** A claim on a cause: it is the claimer's while nobody has claimed it since. */
export interface ClaimedCause extends Movement {
  readonly kind: "capture" | "refund";
  /** This one included; it tells this claim from a later one. */
  readonly attempts: number;
  readonly failures: number;
}

interface Row {
  readonly cause: string;
  readonly kind: ClaimedCause["kind"];
  readonly booking_id: Id<"bkg">;
  readonly charge: number;
  readonly customer_id: Id<"usr">;
  readonly currency: string;
  readonly amount_minor: number;
  readonly at: string;
  readonly attempts: number;
  readonly failures: number;
}

/**
 * Claims at most `limit` causes for `claimMs`, the longest due first; in the order they came, so that an invoice is
 * issued before what corrects it. When the money moved is said by the ledger, in business time, where it has it. All
 * times of claims are the database's, so replicas need not agree on one.
 */
export async function claimCauses(
  db: Kysely<PaymentTables>,
  { limit, claimMs }: { readonly limit: number; readonly claimMs: number },
): Promise<ClaimedCause[]> {
  const { rows } = await sql<Row>`
    with due as (
      select cause from document_causes where next_attempt_at <= now()
      order by next_attempt_at, place limit ${limit} for update skip locked
    ), claimed as (
      update document_causes c
        set next_attempt_at = now() + ${claimMs}::float8 * interval '1 ms', attempts = c.attempts + 1
        from due where c.cause = due.cause
        returning c.cause, c.place, c.kind, c.booking_id, c.charge, c.amount_minor, c.at, c.attempts, c.failures
    )
    select c.cause, c.kind, c.booking_id, c.charge, p.customer_id, p.currency, c.amount_minor, c.attempts, c.failures,
      coalesce((select t.at from ledger_transactions t where t.cause = c.cause and t.kind = c.kind), c.at) as at
    from claimed c join payments p using (booking_id, charge) order by c.place`.execute(db);
  return rows.map((row) => ({
    cause: row.cause,
    kind: row.kind,
    bookingId: row.booking_id,
    charge: row.charge,
    customerId: row.customer_id,
    currency: row.currency,
    amountMinor: row.amount_minor,
    paidAt: row.at,
    attempts: row.attempts,
    failures: row.failures,
  }));
}

/** Gives claims back to be tried again after so long each; those claimed by somebody else since are left alone. */
export async function postponeCauses(
  db: Kysely<PaymentTables>,
  causes: readonly (Pick<ClaimedCause, "cause" | "attempts"> & { readonly afterMs: number })[],
): Promise<void> {
  if (causes.length === 0) return;
  await sql`
    update document_causes c
      set next_attempt_at = now() + v.after_ms * interval '1 ms', failures = c.failures + 1
      from unnest(${causes.map((one) => one.cause)}::text[], ${causes.map((one) => one.attempts)}::integer[],
        ${causes.map((one) => one.afterMs)}::float8[]) as v (cause, attempts, after_ms)
      where c.cause = v.cause and c.attempts = v.attempts and c.document_id is null`.execute(db);
}
