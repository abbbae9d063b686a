/** Records what calls to Stripe came to, many in one transaction. */
import type { Outcome } from "@holdfast/chassis/batcher";
import type { Logger } from "@holdfast/chassis/log";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { forgetCustomers, type LostCustomer } from "../customers/forget-customer.ts";
import type { PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { type Answered, applyAnswer } from "./apply-answer.ts";
import { ChargeBook } from "./charge-book.ts";
import type { Decider } from "./decider.ts";
import type { Step } from "./payment.ts";
import { lockCharges, writeSteps } from "./payment-rows.ts";

export interface RecordDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly log: Logger;
}

/** The payment's step, or null where its row is gone. */
export type Recorded = Step | null;

/** Whose customer was found to be gone. */
function customersMissing(book: ChargeBook): LostCustomer[] {
  return book.changed().flatMap(({ before, payment }) => {
    const customerId = before?.providerCustomer ?? null;
    const isGone = customerId !== null && payment.providerCustomer === null;
    return isGone ? [{ userId: payment.customerId, customerId }] : [];
  });
}

/** Loads, decides each, writes with one statement a table, announces, commits. One outcome an answer, in order. */
export async function recordAnswers(
  { transact, decider, log }: RecordDeps,
  items: readonly Answered[],
): Promise<Outcome<Recorded>[]> {
  const book = await transact(async (unit) => {
    const decided = new ChargeBook(
      await lockCharges(
        unit,
        items.map(({ bookingId }) => bookingId),
      ),
    );
    const circumstances = decider.circumstances();
    for (const answered of items) {
      const step = applyAnswer(decided.of(answered.bookingId), answered, circumstances);
      if (step !== null) decided.take(step);
    }
    await writeSteps(unit, decided.changed(), decider.now(), decider.machineNow());
    await noteSettlements(unit, decided, decider.now());
    return decided;
  });
  for (const { payment } of book.changed()) {
    if (payment.parkedReason !== null && book.storedOf(payment)?.parkedReason === null) {
      const { id, bookingId, charge, parkedReason, call } = payment;
      const about = { paymentId: id, bookingId, charge, reason: parkedReason, call };
      log.error(about, "a payment is parked for a person");
    }
  }
  await forgetCustomers({ transact, decider }, customersMissing(book));
  return items.map(({ paymentId }) => ({ value: book.stepOf(paymentId) }));
}
