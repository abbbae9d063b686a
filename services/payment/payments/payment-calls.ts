/** Makes the calls that payments have written down, never inside a transaction, and has each answer recorded. */
import type { Batcher } from "@holdfast/chassis/batcher";
import type { Logger } from "@holdfast/chassis/log";
import type { Metrics } from "@holdfast/chassis/metrics";
import { isUnavailable } from "@holdfast/chassis/unavailable";
import type { Answer } from "./answer.ts";
import type { CallLanes } from "./call-lanes.ts";
import type { Call, Payment } from "./payment.ts";
import type { Answered, Recorded } from "./record-answers.ts";

export interface PaymentCallsOptions {
  /** Makes one call at Stripe. */
  readonly make: (payment: Payment, call: Call) => Promise<Answer>;
  readonly record: Batcher<Answered, Recorded>;
  readonly lanes: CallLanes;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface PaymentCalls {
  /** Begins the payments' calls, except those already in hand here. What finds no place is left to the sweep. */
  begin(payments: readonly Payment[]): void;
  /** Bookings whose payment has a call in hand in this process. */
  inHand(): string[];
  has(bookingId: string): boolean;
  /** How many more could be begun. */
  room(): number;
  /** Begins nothing more; waits for the calls in flight and for their answers to be recorded. */
  drain(): Promise<void>;
}

function isAuthorising(payment: Payment, call: Call): boolean {
  return call.purpose === "create" && payment.asked === "authorise";
}

export function createPaymentCalls({ make, record, lanes, log, metrics }: PaymentCallsOptions): PaymentCalls {
  const hand = new Map<string, string>();
  const made = metrics.counter({
    name: "payment_stripe_calls_total",
    help: "Calls to Stripe by purpose and outcome.",
    labels: ["purpose", "outcome"],
  });
  const took = metrics.histogram({
    name: "payment_stripe_call_duration_seconds",
    help: "How long Stripe took to answer.",
    labels: ["purpose"],
  });

  const logAnswer = (payment: Payment, call: Call, answer: Answer): void => {
    if (answer.outcome === "done") return;
    const about = {
      paymentId: payment.id,
      bookingId: payment.bookingId,
      purpose: call.purpose,
      key: call.key,
    };
    const isOurs = answer.outcome === "failed" && answer.reason === "credentials";
    log[isOurs ? "error" : "info"](
      { ...about, outcome: answer.outcome, reason: answer.reason },
      "Stripe did not do it",
    );
  };

  const makeAndRecord = async (payment: Payment, call: Call): Promise<void> => {
    let next: Recorded = null;
    try {
      const startedMs = performance.now();
      const answer = await make(payment, call);
      took.observe({ purpose: call.purpose }, (performance.now() - startedMs) / 1000);
      made.add({ purpose: call.purpose, outcome: answer.outcome });
      logAnswer(payment, call, answer);
      next = await record.add({ bookingId: payment.bookingId, key: call.key, answer });
    } catch (error) {
      // The row still has its call, which the sweep makes again under the same key.
      const level = isUnavailable(error) ? "warn" : "error";
      log[level](
        { err: error, paymentId: payment.id, key: call.key },
        "an answer of Stripe was not recorded",
      );
    } finally {
      if (hand.get(payment.bookingId) === call.key) hand.delete(payment.bookingId);
    }
    if (next !== null && next.begins) begin([next.payment]);
  };

  const begin = (payments: readonly Payment[]): void => {
    for (const payment of payments) {
      const { call, bookingId } = payment;
      if (call === null || hand.get(bookingId) === call.key) continue;
      const lane = isAuthorising(payment, call) ? "authorise" : "background";
      if (lanes.enter(lane, () => makeAndRecord(payment, call))) hand.set(bookingId, call.key);
    }
  };

  return {
    begin,
    inHand: () => [...hand.keys()],
    has: (bookingId) => hand.has(bookingId),
    room: () => lanes.room(),
    async drain() {
      await lanes.drain();
      await record.drain();
    },
  };
}
