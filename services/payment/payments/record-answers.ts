/** Records what calls to Stripe came to, many in one transaction. */
import type { Outcome } from "@holdfast/chassis/batcher";
import type { Logger } from "@holdfast/chassis/log";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { Answer } from "./answer.ts";
import { applyAnswer } from "./apply-answer.ts";
import type { Decider } from "./decider.ts";
import { followedBy, type Payment, type Step } from "./payment.ts";
import { lockPayments, writeSteps } from "./payment-rows.ts";

/** An answer with the call it belongs to. */
export interface Answered {
  readonly bookingId: Payment["bookingId"];
  readonly key: string;
  readonly answer: Answer;
}

export interface RecordDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly log: Logger;
}

/** The payment's step, or null where its row is gone. */
export type Recorded = Step | null;

/** Loads, decides each, writes with one statement a table, announces, commits. One outcome an answer, in order. */
export async function recordAnswers(
  { transact, decider, log }: RecordDeps,
  items: readonly Answered[],
): Promise<Outcome<Recorded>[]> {
  const { steps, present } = await transact(async (unit) => {
    const stored = await lockPayments(
      unit,
      items.map(({ bookingId }) => bookingId),
    );
    const decided = decide(decider, stored, items);
    const changed = [...decided.values()].filter(({ payment }) => payment !== stored.get(payment.bookingId));
    await writeSteps(unit, changed, decider.now(), decider.machineNow());
    return { steps: decided, present: stored };
  });
  for (const { payment } of steps.values()) {
    if (payment.parkedReason !== null && present.get(payment.bookingId)?.parkedReason === null) {
      const { id, bookingId, parkedReason, call } = payment;
      log.error({ paymentId: id, bookingId, reason: parkedReason, call }, "a payment is parked for a person");
    }
  }
  return items.map(({ bookingId }) => ({ value: steps.get(bookingId) ?? null }));
}

function decide(
  decider: Decider,
  present: ReadonlyMap<string, Payment>,
  items: readonly Answered[],
): Map<string, Step> {
  const circumstances = decider.circumstances();
  const steps = new Map<string, Step>();
  for (const { bookingId, key, answer } of items) {
    const before = steps.get(bookingId);
    const payment = before?.payment ?? present.get(bookingId);
    if (payment === undefined) continue;
    const step = applyAnswer(payment, key, answer, circumstances);
    steps.set(bookingId, before === undefined ? step : followedBy(before, step));
  }
  return steps;
}
