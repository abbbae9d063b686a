/** Makes the calls that payments have written down, never inside a transaction, and has each answer recorded. */
import assert from "node:assert";
import type { Batcher } from "@holdfast/chassis/batcher";
import type { Logger } from "@holdfast/chassis/log";
import type { Metrics } from "@holdfast/chassis/metrics";
import type { Telemetry } from "@holdfast/chassis/telemetry";
import { isUnavailable } from "@holdfast/chassis/unavailable";
import type { Answer } from "./answer.ts";
import type { CallLanes } from "./call-lanes.ts";
import type { Answered } from "./apply-answer.ts";
import type { Call, Payment } from "./payment.ts";
import type { Providers } from "../providers/provider.ts";
import type { Recorded } from "./record-answers.ts";

export interface PaymentCallsOptions {
  readonly providers: Providers;
  readonly record: Batcher<Answered, Recorded>;
  readonly lanes: CallLanes;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly telemetry: Telemetry;
}

export interface PaymentCalls {
  /** Begins the payments' calls, except those already in hand here. What finds no place is left to the sweep. */
  begin(payments: readonly Payment[]): void;
  /** Payments that have a call in hand in this process. */
  inHand(): string[];
  has(paymentId: string): boolean;
  /** How many more could be begun. */
  room(): number;
  /** Begins nothing more; waits for the calls in flight and for their answers to be recorded. */
  drain(): Promise<void>;
}

function isAuthorising(payment: Payment, call: Call): boolean {
  return call.purpose === "create" && payment.asked === "authorise";
}

/** Makes a call, counts and times it, and says in the log what did not go well. */
function observed({
  providers,
  log,
  metrics,
  telemetry,
}: PaymentCallsOptions): (payment: Payment, call: Call) => Promise<Answer> {
  const made = metrics.counter({
    name: "payment_provider_calls_total",
    help: "Calls to payment providers by purpose and outcome.",
    labels: ["provider", "purpose", "outcome"],
  });
  const took = metrics.histogram({
    name: "payment_provider_call_duration_seconds",
    help: "How long payment providers took to answer.",
    labels: ["provider", "purpose"],
  });
  const tryMaking = async (payment: Payment, call: Call): Promise<Answer> => {
    try {
      const provider = providers.get(payment.provider);
      assert(provider, `there is no provider ${payment.provider}`);
      return await provider.make({ ...call, charge: payment });
    } catch (error) {
      log.error({ err: error, paymentId: payment.id, key: call.key }, "a provider's call could not be made");
      // Counted like any failure, so that a mistake of ours is parked in the end and not repeated for ever.
      return { outcome: "failed", reason: "internal", kept: false };
    }
  };
  return async (payment, call) => {
    const { purpose, key } = call;
    const { provider } = payment;
    const startedMs = performance.now();
    const span = telemetry.enabled
      ? telemetry.startSpan(`${provider} ${purpose}`, "client", payment.traceparent ?? undefined, {
          "service.peer.name": provider,
          "holdfast.payment.id": payment.id,
        })
      : undefined;
    const answer = await tryMaking(payment, call);
    span?.set({ "holdfast.payment.outcome": answer.outcome });
    span?.end(answer.outcome === "failed" ? new Error(answer.reason) : undefined);
    const isPaused = answer.outcome === "failed" && answer.reason === "paused";
    if (!isPaused) took.observe({ provider, purpose }, (performance.now() - startedMs) / 1000);
    made.add({ provider, purpose, outcome: isPaused ? "paused" : answer.outcome });
    if (answer.outcome !== "done" && !isPaused) {
      const about = { paymentId: payment.id, bookingId: payment.bookingId, provider, purpose, key };
      const level = answer.outcome === "failed" && answer.reason === "credentials" ? "error" : "info";
      log[level]({ ...about, outcome: answer.outcome, reason: answer.reason }, "the provider did not do it");
    }
    return answer;
  };
}

export function createPaymentCalls(options: PaymentCallsOptions): PaymentCalls {
  const { record, lanes, log } = options;
  const make = observed(options);
  const hand = new Map<string, string>();

  const recordAnswer = async (payment: Payment, call: Call, answer: Answer): Promise<void> => {
    const { id: paymentId, bookingId } = payment;
    let next: Recorded = null;
    try {
      next = await record.add({ bookingId, paymentId, key: call.key, answer });
    } catch (error) {
      // The row still has its call, which the sweep makes again under the same key.
      const level = isUnavailable(error) ? "warn" : "error";
      log[level]({ err: error, paymentId, key: call.key }, "a provider's answer was not recorded");
    }
    if (hand.get(paymentId) === call.key) hand.delete(paymentId);
    if (next !== null && next.begins) begin([next.payment]);
  };

  /** The lane's place is free again with the provider's answer: recording is bounded by its own queue. */
  const makeAndRecord = async (payment: Payment, call: Call): Promise<void> => {
    const answer = await make(payment, call);
    void recordAnswer(payment, call, answer);
  };

  const begin = (payments: readonly Payment[]): void => {
    for (const payment of payments) {
      const { call, id } = payment;
      if (call === null || hand.get(id) === call.key) continue;
      const lane = isAuthorising(payment, call) ? "authorise" : "background";
      if (lanes.enter(lane, () => makeAndRecord(payment, call))) hand.set(id, call.key);
    }
  };

  return {
    begin,
    inHand: () => [...hand.keys()],
    has: (paymentId) => hand.has(paymentId),
    room: () => lanes.room(),
    async drain() {
      await lanes.drain();
      await record.drain();
    },
  };
}
