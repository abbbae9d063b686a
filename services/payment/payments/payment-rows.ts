/** Reads payments under a lock and writes back what was decided, one statement a table. */
import { insertManyDeferred, updateManyDeferred } from "@holdfast/chassis/batch-sql";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Money } from "@holdfast/contracts/values";
import { CompiledQuery, type Selectable } from "kysely";
import type { PaymentTable, PaymentTables } from "../database.ts";
import { post } from "../ledger/post.ts";
import { postingsOf } from "../ledger/postings-of.ts";
import { usualProvider } from "../providers/provider.ts";
import type { Change, Charges, Payment } from "./payment.ts";

type Unit = UnitOfWork<PaymentTables>;

function feeOf({ fee_minor: amountMinor, fee_currency: currency }: Selectable<PaymentTable>): Money | null {
  return amountMinor === null || currency === null ? null : { amountMinor, currency };
}

/** A row as the core sees it. */
export function toPayment(row: Selectable<PaymentTable>): Payment {
  return {
    id: row.id,
    bookingId: row.booking_id,
    charge: row.charge,
    charges: row.charges,
    customerId: row.customer_id,
    vendorId: row.vendor_id,
    totalMinor: row.total_minor,
    taxMinor: row.tax_minor,
    completed: row.completed,
    amountMinor: row.amount_minor,
    currency: row.currency,
    provider: row.provider,
    paymentMethod: row.payment_method,
    captureAtOnce: row.capture_at_once,
    saveMethod: row.save_method,
    providerCustomer: row.stripe_customer_id,
    usedMethod: row.used_method,
    collection: row.collection && { ...row.collection, tryAt: row.try_at },
    bookingVersion: row.booking_version,
    asked: row.asked,
    targetMinor: row.target_minor,
    status: row.status,
    intentId: row.intent_id,
    intentState: row.intent_state,
    clientSecret: row.client_secret,
    authorisedMinor: row.authorised_minor,
    capturedMinor: row.captured_minor,
    refundedMinor: row.refunded_minor,
    disputed: row.disputed,
    chargedBackMinor: row.charged_back_minor,
    goodwillMinor: row.goodwill_minor,
    fee: feeOf(row),
    reason: row.reason,
    version: row.version,
    call: row.call,
    calls: row.calls,
    failures: row.failures,
    looks: row.looks,
    nextAttemptAt: row.next_attempt_at,
    parkedReason: row.parked_reason,
    traceparent: row.traceparent,
    createdAt: row.created_at,
  };
}

/** What a decision can change of a row. */
function changeable(payment: Payment, updatedAt: string) {
  return {
    booking_id: payment.bookingId,
    charge: payment.charge,
    charges: payment.charges,
    vendor_id: payment.vendorId,
    total_minor: payment.totalMinor,
    tax_minor: payment.taxMinor,
    completed: payment.completed,
    provider: payment.provider,
    amount_minor: payment.amountMinor,
    payment_method: payment.paymentMethod,
    capture_at_once: payment.captureAtOnce,
    save_method: payment.saveMethod,
    stripe_customer_id: payment.providerCustomer,
    used_method: payment.usedMethod,
    ...collectionColumns(payment),
    booking_version: payment.bookingVersion,
    asked: payment.asked,
    target_minor: payment.targetMinor,
    status: payment.status,
    intent_id: payment.intentId,
    intent_state: payment.intentState,
    client_secret: payment.clientSecret,
    authorised_minor: payment.authorisedMinor,
    captured_minor: payment.capturedMinor,
    refunded_minor: payment.refundedMinor,
    disputed: payment.disputed,
    charged_back_minor: payment.chargedBackMinor,
    goodwill_minor: payment.goodwillMinor,
    fee_minor: payment.fee?.amountMinor ?? null,
    fee_currency: payment.fee?.currency ?? null,
    reason: payment.reason,
    version: payment.version,
    call: payment.call,
    calls: payment.calls,
    failures: payment.failures,
    looks: payment.looks,
    next_attempt_at: payment.nextAttemptAt,
    parked_reason: payment.parkedReason,
    traceparent: payment.traceparent,
    updated_at: updatedAt,
  };
}

/** When it is tried again is a column of its own, which what is due is found by. */
function collectionColumns({ collection }: Payment) {
  if (collection === null) return { collection: null, try_at: null };
  const { tryAt, ...kept } = collection;
  return { collection: kept, try_at: tryAt };
}

/** Rows as the core sees them: each booking's charges by number. */
export function toCharges(rows: readonly Selectable<PaymentTable>[]): Map<string, Charges> {
  const charges = new Map<string, Payment[]>();
  for (const row of rows) {
    const known = charges.get(row.booking_id);
    if (known === undefined) charges.set(row.booking_id, [toPayment(row)]);
    else known.push(toPayment(row));
  }
  return charges;
}

async function lockRows({ tx }: Pick<Unit, "tx">, bookingIds: readonly Payment["bookingId"][]) {
  const rows = await tx
    .selectFrom("payments")
    .selectAll()
    .where("booking_id", "=", (eb) => eb.fn.any(eb.val([...new Set(bookingIds)])))
    .orderBy("booking_id")
    .orderBy("charge")
    .forUpdate()
    .execute();
  return toCharges(rows);
}

/**
 * All charges of these bookings, locked in one order everywhere, so that batches never deadlock. A statement that waited
 * for charge 1 does not see a charge inserted meanwhile; charge 1 says that there is one, and then it is read again.
 */
export async function lockCharges(
  unit: Pick<Unit, "tx">,
  bookingIds: readonly Payment["bookingId"][],
): Promise<Map<string, Charges>> {
  const found = await lockRows(unit, bookingIds);
  const partly = [...found.values()].flatMap(([first, ...others]) =>
    first !== undefined && others.length + 1 < first.charges ? [first.bookingId] : [],
  );
  if (partly.length === 0) return found;
  for (const [bookingId, charges] of await lockRows(unit, partly)) found.set(bookingId, charges);
  return found;
}

/**
 * Who pays by a method of their own may have kept it with the provider, who then wants to be told the guest: read along, so
 * that nobody else's charge costs a statement more.
 */
function insertText(columns: readonly string[]): string {
  const given = columns.map((column) => `r.${column}`).join(", ");
  return `insert into payments (${columns.join(", ")}, stripe_customer_id)
    select ${given}, coalesce(r.stripe_customer_id, c.provider_id) from json_populate_recordset(null::payments, $1) r
    left join customers c on c.user_id = r.customer_id and not c.erased and r.provider = $2 and r.payment_method is not null
    on conflict do nothing returning id, stripe_customer_id`;
}

/** Inserts payments not known before and gives those that went in, as stored; the others were inserted by somebody else meanwhile. */
export async function insertPayments(
  { tx }: Pick<Unit, "tx">,
  payments: readonly Payment[],
): Promise<Payment[]> {
  if (payments.length === 0) return [];
  const rows = payments.map((payment) => ({
    ...changeable(payment, payment.createdAt),
    id: payment.id,
    customer_id: payment.customerId,
    currency: payment.currency,
    created_at: payment.createdAt,
  }));
  const columns = Object.keys(rows[0]!).filter((column) => column !== "stripe_customer_id");
  const parameters = [JSON.stringify(rows), usualProvider];
  const inserted = await tx.executeQuery<Pick<PaymentTable, "id" | "stripe_customer_id">>(
    CompiledQuery.raw(insertText(columns), parameters) as CompiledQuery<
      Pick<PaymentTable, "id" | "stripe_customer_id">
    >,
  );
  const customers = new Map(inserted.rows.map((row) => [row.id, row.stripe_customer_id]));
  return payments.flatMap((payment) => {
    const providerCustomer = customers.get(payment.id);
    return providerCustomer === undefined ? [] : [{ ...payment, providerCustomer }];
  });
}

/** What follows from decisions that are written: their postings in the ledger and their events, in order. */
export async function followSteps(
  unit: Unit,
  steps: readonly Change[],
  time: Temporal.Instant,
): Promise<void> {
  await post(unit, steps.flatMap(postingsOf), time);
  for (const { payment, announced } of steps) {
    for (const { event, version, data } of announced) {
      const traceparent = payment.traceparent ?? undefined;
      unit.announce(event, { subject: payment.id, version, data, traceparent, time });
    }
  }
}

/** Writes back payments that exist already, with their refunds, postings and events. One step a payment. */
export async function writeSteps(
  unit: Unit,
  steps: readonly Change[],
  time: Temporal.Instant,
  nowAt: string,
): Promise<void> {
  await updateManyDeferred<PaymentTables, "payments">(
    unit.tx,
    "payments",
    ["booking_id", "charge"],
    steps.map(({ payment }) => changeable(payment, nowAt)),
  );
  const refunds = steps.flatMap((step) => step.refunds);
  await insertManyDeferred<PaymentTables, "refunds">(
    unit.tx,
    "refunds",
    refunds.map(({ id, bookingId, charge, amountMinor }) => ({
      id,
      booking_id: bookingId,
      charge,
      amount_minor: amountMinor,
    })),
  );
  await followSteps(unit, steps, time);
}
