/** A payment and the Stripe model it talks to, driven step by step. */
import type { Id } from "@holdfast/contracts/ids";
import { absorbIntent } from "./absorb-intent.ts";
import type { Answer, IntentFacts } from "./answer.ts";
import { applyAnswer } from "./apply-answer.ts";
import { applyBookingEvent, type Wants } from "./apply-booking-event.ts";
import {
  type Announced,
  type Circumstances,
  defaultPatience,
  type Payment,
  type RefundMade,
  type Step,
} from "./payment.ts";
import { draftOf, lookNow, proceed, takeUp } from "./plan-call.ts";
import { type Card, type Fault, StripeModel } from "./stripe-model.fixture.ts";

const bookingId: Id<"bkg"> = "bkg_01h455vb4pex5vsknk084sn02q";
export const totalMinor = 10_000;

export class PaymentWorld {
  payment: Payment | undefined;
  readonly stripe: StripeModel;
  readonly announced: Announced[] = [];
  readonly refunds: RefundMade[] = [];
  /** Answers and facts that may be given again at any time. */
  readonly past: { key: string; answer: Answer }[] = [];
  readonly seen: IntentFacts[] = [];
  /** The least that was ever to be kept; what was once given back is not taken again. */
  leastTargetMinor = Number.MAX_SAFE_INTEGER;
  readonly circumstances: Circumstances;
  #nowMs = Date.UTC(2026, 10, 1);
  #ids = 0;

  constructor(card: Card = "accepted") {
    this.stripe = new StripeModel(card);
    const nextId = () => String((this.#ids += 1)).padStart(26, "0");
    const now = () => this.#nowMs;
    this.circumstances = {
      get nowMs() {
        return now();
      },
      random: () => 0.5,
      newPaymentId: () => `pay_${nextId()}`,
      newRefundId: () => `rfd_${nextId()}`,
      patience: defaultPatience,
    };
  }

  /** The payment, once there is one. */
  get known(): Payment {
    if (this.payment === undefined) throw new Error("no payment yet");
    return this.payment;
  }

  types(): string[] {
    return this.announced.map(({ event }) => event.type);
  }

  booking(version: number, wants: Wants, amountMinor = totalMinor): this {
    const total = { amountMinor, currency: "EUR" };
    const customerId: Id<"usr"> = "usr_01h455vb4pex5vsknk084sn02q";
    const news = { bookingId, customerId, total, version, traceparent: null, wants };
    return this.#take(applyBookingEvent(this.payment, news, this.circumstances));
  }

  held(paymentMethod: string | null = "pm_card_visa"): this {
    return this.booking(1, { asked: "authorise", paymentMethod });
  }

  /** Makes the call under way, if there is one. */
  call(fault: Fault = "none"): this {
    const call = this.payment?.call;
    if (call === undefined || call === null) return this;
    return this.answer(call.key, this.stripe.call(this.known, call, fault));
  }

  /** Makes the call under way; its answer is still on its way, and is among the past ones to be given later. */
  callLate(): this {
    const call = this.payment?.call ?? null;
    if (call !== null) this.past.push({ key: call.key, answer: this.stripe.call(this.known, call, "none") });
    return this;
  }

  answer(key: string, answer: Answer): this {
    this.past.push({ key, answer });
    return this.#take(applyAnswer(this.known, key, answer, this.circumstances));
  }

  /** A webhook with facts of some moment. */
  facts(facts: IntentFacts): this {
    const draft = draftOf(this.known);
    absorbIntent(draft, facts, this.circumstances);
    return this.#take(proceed(draft, this.circumstances));
  }

  /** A webhook that has the intent read again: a refund failed, or was made by hand. */
  refundNotice(): this {
    const draft = draftOf(this.known);
    lookNow(draft, this.circumstances);
    return this.#take(proceed(draft, this.circumstances));
  }

  /** Time passes until the row is due. */
  wait(): this {
    const due = this.payment?.nextAttemptAt;
    if (due === undefined || due === null) return this;
    this.#nowMs = Math.max(this.#nowMs, Temporal.Instant.from(due).epochMilliseconds);
    return this.#take(takeUp(this.known, this.circumstances));
  }

  /** Nobody is there for a day and an hour, in which Stripe forgets what it was asked under which key. */
  beAwayForADay(): this {
    this.#nowMs += 25 * 3_600_000;
    this.stripe.forgetKeys();
    return this.wait();
  }

  /** Everything works again: calls are made until none is under way and a look has found nothing new. */
  settle(): this {
    for (let round = 0; round < 40; round += 1) {
      this.#callAll();
      const before = JSON.stringify([this.payment?.intentState, this.payment?.status]);
      this.wait();
      this.#callAll();
      if (JSON.stringify([this.payment?.intentState, this.payment?.status]) === before) return this;
    }
    return this;
  }

  #callAll(): void {
    for (let calls = 0; calls < 40 && (this.payment?.call ?? null) !== null; calls += 1) this.call();
  }

  #take(step: Step): this {
    this.payment = step.payment;
    this.leastTargetMinor = Math.min(
      this.leastTargetMinor,
      step.payment.targetMinor ?? this.leastTargetMinor,
    );
    this.announced.push(...step.announced);
    this.refunds.push(...step.refunds);
    this.seen.push(...this.stripe.snapshots(step.payment));
    return this;
  }
}
