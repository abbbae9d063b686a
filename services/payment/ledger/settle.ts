/** Settles bookings whose money is decided: many in one transaction, each once, and what comes later by its difference. */
import assert from "node:assert";
import type { Batcher, Outcome } from "@holdfast/chassis/batcher";
import { updateMany } from "@holdfast/chassis/batch-sql";
import type { Logger } from "@holdfast/chassis/log";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable, Updateable } from "kysely";
import type { PaymentTables, SettlementTable } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import type { Charges } from "../payments/payment.ts";
import { lockCharges } from "../payments/payment-rows.ts";
import type { Posting } from "./accounts.ts";
import { ratesOf } from "./commission.ts";
import { post } from "./post.ts";
import { postingsOf } from "./postings-of.ts";
import { decidedOf, settlementOf } from "./settlement.ts";
import type { Shares } from "./shares.ts";

type Unit = UnitOfWork<PaymentTables>;
type BookingId = Id<"bkg">;

export interface SettleDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
}

/** Bookings looked for in one sweep at most. */
const sweepMax = 200;

async function settlementsOf({ tx }: Unit, bookingIds: readonly BookingId[]) {
  return tx
    .selectFrom("settlements")
    .selectAll()
    .where("booking_id", "=", (eb) => eb.fn.any(eb.val(bookingIds)))
    .where("due", "=", true)
    .execute();
}

/**
 * What was taken and given back and is in no book: before there was one, or by a replica of the version before it. It is
 * posted with the settlement, which would otherwise clear an account of what never was on it.
 */
async function missingPostings({ tx }: Unit, charges: readonly Charges[]): Promise<Posting[]> {
  const bookingIds = charges.flatMap(([first]) => (first === undefined ? [] : [first.bookingId]));
  const isOfThese = { ref: "booking_id", ids: [...bookingIds] } as const;
  const posted = await tx
    .selectFrom("ledger_transactions")
    .select(["kind", "cause"])
    .where(isOfThese.ref, "=", (eb) => eb.fn.any(eb.val(isOfThese.ids)))
    .where("kind", "in", ["capture", "refund"])
    .execute();
  const refunds = await tx
    .selectFrom("refunds")
    .selectAll()
    .where(isOfThese.ref, "=", (eb) => eb.fn.any(eb.val(isOfThese.ids)))
    .execute();
  const causes = new Set(posted.map(({ kind, cause }) => `${kind} ${cause}`));
  return charges.flat().flatMap((payment) => {
    const own = refunds
      .filter((row) => row.booking_id === payment.bookingId && row.charge === payment.charge)
      .map(({ id, booking_id: bookingId, charge, amount_minor: amountMinor }) => {
        return { id, bookingId, charge, amountMinor };
      });
    const all = postingsOf({ before: null, payment, refunds: own });
    return all.filter(({ kind, cause }) => !causes.has(`${kind} ${cause}`));
  });
}

interface Settled {
  readonly postings: readonly Posting[];
  readonly row: Updateable<SettlementTable>;
}

function settledSoFar(row: Selectable<SettlementTable>): Shares {
  return {
    capturedMinor: row.captured_minor,
    refundedMinor: row.refunded_minor,
    taxMinor: row.tax_minor,
    commissionMinor: row.commission_minor,
    payableMinor: row.payable_minor,
    onArrivalMinor: row.on_arrival_minor,
  };
}

function settled(
  row: Selectable<SettlementTable>,
  charges: Charges,
  rate: number | undefined,
  at: string,
): Settled {
  const decided = decidedOf(charges);
  // Something has begun anew; when that has come to its end it is due again.
  if (decided === null) return { postings: [], row: { ...row, due: false } };
  const basisPoints = row.commission_basis_points ?? rate;
  assert(basisPoints !== undefined, "the platform has a rate from its start on");
  const so = { shares: settledSoFar(row), times: row.times };
  const { postings, shares } = settlementOf(decided, so, basisPoints);
  const isNews = postings.length > 0;
  return {
    postings,
    row: {
      ...row,
      vendor_id: decided.vendorId,
      due: false,
      settled_at: isNews ? at : (row.settled_at ?? at),
      times: row.times + (isNews ? 1 : 0),
      commission_basis_points: basisPoints,
      captured_minor: shares.capturedMinor,
      refunded_minor: shares.refundedMinor,
      tax_minor: shares.taxMinor,
      commission_minor: shares.commissionMinor,
      payable_minor: shares.payableMinor,
      on_arrival_minor: shares.onArrivalMinor,
    },
  };
}

/** Settles those of the bookings that are due, behind the locks of their charges. One outcome a booking, in order. */
export async function settleBookings(
  { transact, decider }: SettleDeps,
  bookingIds: readonly BookingId[],
): Promise<Outcome<void>[]> {
  await transact(async (unit) => {
    const charges = await lockCharges(unit, bookingIds);
    const due = await settlementsOf(unit, bookingIds);
    const rates = await ratesOf(unit, bookingIds);
    const time = decider.now();
    const chargesOf = ({ booking_id: bookingId }: { booking_id: BookingId }) => charges.get(bookingId) ?? [];
    const results = due.map((row) =>
      settled(row, chargesOf(row), rates.get(row.booking_id), time.toString()),
    );
    const moved = due.filter((_, index) => results[index]?.postings.length !== 0).map(chargesOf);
    const missing = moved.length === 0 ? [] : await missingPostings(unit, moved);
    await post(unit, [...missing, ...results.flatMap(({ postings }) => postings)], time);
    await updateMany<PaymentTables, "settlements">(
      unit.tx,
      "settlements",
      ["booking_id"],
      results.map(({ row }) => row),
    );
  });
  return bookingIds.map(() => ({ value: undefined }));
}

/** Settles what is due, the longest over first; one that cannot be settled holds up no other. Is there perhaps more? */
export async function settleDue(
  db: Kysely<PaymentTables>,
  settle: Batcher<BookingId, void>,
  log: Logger,
): Promise<boolean> {
  const rows = await db
    .selectFrom("settlements")
    .select("booking_id")
    .where("due", "=", true)
    .orderBy("over_since")
    .limit(sweepMax)
    .execute();
  const results = await Promise.allSettled(rows.map(({ booking_id: bookingId }) => settle.add(bookingId)));
  let failed = 0;
  for (const [index, result] of results.entries()) {
    if (result.status === "fulfilled") continue;
    failed += 1;
    log.error({ err: result.reason, bookingId: rows[index]?.booking_id }, "a booking could not be settled");
  }
  return rows.length === sweepMax && failed === 0;
}
