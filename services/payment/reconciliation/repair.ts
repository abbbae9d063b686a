/** Ends discrepancies by what the service does anyway: reading, hearing what booking says, and calls that are written down. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingMoney } from "@holdfast/contracts/api/booking-money";
import { sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { lookAtDisputes } from "../disputes/look-at-disputes.ts";
import { merged, type Posting } from "../ledger/accounts.ts";
import { post } from "../ledger/post.ts";
import { postingsOf } from "../ledger/postings-of.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import type { IntentFacts } from "../payments/answer.ts";
import type { Wants } from "../payments/booking-news.ts";
import { ChargeBook } from "../payments/charge-book.ts";
import type { Charges, Payment } from "../payments/payment.ts";
import { writeSteps } from "../payments/payment-rows.ts";
import { draftOf, lookNow, proceed } from "../payments/plan-call.ts";
import { newsOf, takeBookingEvents, type TakeDeps } from "../payments/take-booking-events.ts";
import { planned } from "../written-calls/written-call.ts";
import { stands } from "./compare-bookings.ts";
import { type LedgerOfCharge, nothingPosted } from "./compare-charges.ts";
import { callingOf, type DiscrepancyRow, writeCalling } from "./discrepancy-rows.ts";
import type { Repair } from "./kinds.ts";

type Unit = UnitOfWork<PaymentTables>;

export type RepairDeps = TakeDeps;

/** Both sides of a discrepancy as they are now, our rows locked. */
export interface Sides {
  readonly charges: Charges;
  readonly ledger: ReadonlyMap<string, LedgerOfCharge>;
  /** Undefined while booking does not answer. */
  readonly booking: BookingMoney | null | undefined;
  /** Undefined where the provider was not asked, null where it does not know it. */
  readonly intent: IntentFacts | null | undefined;
}

/** Reads these charges' intents. */
async function look(
  { decider, calls }: RepairDeps,
  unit: Unit,
  charges: Charges,
  all: Charges,
): Promise<void> {
  const [first] = all;
  if (first === undefined) return;
  const book = new ChargeBook(new Map([[first.bookingId, all]]));
  const circumstances = decider.circumstances();
  for (const charge of charges) {
    const draft = draftOf(charge, book.of(charge.bookingId));
    lookNow(draft, circumstances);
    book.take(proceed(draft, circumstances));
  }
  const changed = book.changed();
  await writeSteps(unit, changed, decider.now(), decider.machineNow());
  await noteSettlements(unit, book, decider.now());
  const begun = changed.filter(({ begins }) => begins).map(({ payment }) => payment);
  unit.afterCommit(() => calls.begin(begun));
}

/** What the booking as it stands asks of payment. */
function wantsOf(booking: BookingMoney, first: Payment): Wants {
  if (!stands(booking) || booking.status === "no-show")
    return { asked: "settle", keepMinor: booking.keepMinor, afterDecline: false };
  if (first.asked === "authorise") return { asked: "capture" };
  const openMinor = booking.facts.balance?.amount.amountMinor ?? 0;
  return { asked: "move", keepMinor: booking.keepMinor + openMinor, charge: null };
}

/**
 * Takes in what booking says, where that is later than what was heard: then an event of its did not come. Where it was
 * heard, what is so is read, and what is missing follows from that.
 */
async function hearBooking(deps: RepairDeps, unit: Unit, { charges, booking }: Sides): Promise<boolean> {
  const [first] = charges;
  if (first === undefined || !booking) return false;
  const { facts: data, version } = booking;
  if (version <= first.bookingVersion) await look(deps, unit, charges, charges);
  else await takeBookingEvents(deps, unit, [newsOf({ data, version }, wantsOf(booking, first))]);
  return true;
}

async function postMissing(deps: RepairDeps, unit: Unit, charge: Payment, posted: LedgerOfCharge) {
  const refunds = await unit.tx
    .selectFrom("refunds")
    .selectAll()
    .where("booking_id", "=", charge.bookingId)
    .where("charge", "=", charge.charge)
    .where(
      sql<boolean>`not exists (select from ledger_transactions t where t.kind = 'refund' and t.cause = refunds.id)`,
    )
    .execute();
  const before = {
    ...charge,
    capturedMinor: posted.capturedMinor,
    fee: posted.feeMinor === 0 ? null : charge.fee,
  };
  const missing = refunds.map(({ id, amount_minor: amountMinor }) => ({
    id,
    bookingId: charge.bookingId,
    charge: charge.charge,
    amountMinor,
  }));
  await post(unit, postingsOf({ before, payment: charge, refunds: missing }), deps.decider.now());
}

async function giveBack({ decider }: RepairDeps, unit: Unit, row: DiscrepancyRow, { intent }: Sides) {
  const calling = callingOf(row);
  if (!intent || calling.call !== null) return;
  const purpose = intent.state === "captured" ? "refund" : "void";
  const of = { purpose, subject: `intent:${row.subject}` } as const;
  await writeCalling(unit, row.id, planned(calling, of, decider.circumstances()));
}

/** A stray intent that was captured has cost something, though all of it went back. */
export function costOfStray({ intentId, fee }: IntentFacts): Posting[] {
  if (fee === undefined) return [];
  const { amountMinor, currency } = fee;
  const entries = merged([
    { account: "stripe-fee", currency, amountMinor },
    { account: "stripe", currency, amountMinor: -amountMinor },
  ]);
  return entries.length === 0
    ? []
    : [{ kind: "fee", cause: intentId, bookingId: null, vendorId: null, entries }];
}

async function takeUp(
  { decider }: RepairDeps,
  { tx }: Unit,
  { subject, booking_id: bookingId }: DiscrepancyRow,
) {
  const now = { next_attempt_at: decider.machineNow() };
  if (subject.startsWith("pay_") && bookingId !== null)
    await tx
      .updateTable("payments")
      .set(now)
      .where("booking_id", "=", bookingId)
      .where("id", "=", subject as Payment["id"])
      .where("next_attempt_at", "is not", null)
      .execute();
  for (const [table, key] of [
    ["transfers", "id"],
    ["disputes", "provider_id"],
    ["discrepancies", "subject"],
  ] as const) {
    await sql`update ${sql.table(table)} set next_attempt_at = ${now.next_attempt_at}
      where ${sql.ref(key)} = ${subject} and next_attempt_at is not null`.execute(tx);
  }
}

/** Begins the repair, in the transaction that notes it; false where there is nothing that can be done. */
export async function repair(
  deps: RepairDeps,
  unit: Unit,
  { row, by, sides }: { readonly row: DiscrepancyRow; readonly by: Repair; readonly sides: Sides },
): Promise<boolean> {
  const { charges, ledger } = sides;
  const charge = charges.find(({ id }) => id === row.subject);
  switch (by) {
    case "look":
      if (charge === undefined) return false;
      await look(deps, unit, [charge], charges);
      return true;
    case "hear-booking":
      return hearBooking(deps, unit, sides);
    case "post":
      if (charge === undefined) return false;
      await postMissing(deps, unit, charge, ledger.get(charge.id) ?? nothingPosted);
      return true;
    case "settle":
      await unit.tx
        .updateTable("settlements")
        .set({ due: true })
        .where("booking_id", "=", row.booking_id)
        .execute();
      return true;
    case "look-at-dispute":
      await lookAtDisputes(unit, deps.decider, [row.subject]);
      return true;
    case "take-up":
      await takeUp(deps, unit, row);
      return true;
    case "give-back":
      await giveBack(deps, unit, row, sides);
      return true;
  }
}
