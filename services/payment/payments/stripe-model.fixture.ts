/** Stripe as a small model in memory, for tests of the pure core: intents, kept answers by key, and faults to order. */
import type { Answer, IntentFacts } from "./answer.ts";
import type { Call, IntentState, Payment, Purpose } from "./payment.ts";

interface ModelIntent {
  readonly id: string;
  readonly paymentId: Payment["id"];
  /** Taken as soon as it is paid, as a balance is. */
  readonly captureAtOnce: boolean;
  amountMinor: number;
  state: IntentState;
  capturableMinor: number;
  receivedMinor: number;
  refundedMinor: number;
}

/** What goes wrong with one call: nothing; the answer is lost; Stripe is busy; it fails before or after doing it. */
export type Fault = "none" | "dropped" | "busy" | "kept-before" | "kept-after";

/** How the guest's card behaves when it is confirmed at once. */
export type Card = "accepted" | "declined" | "authenticates";

export class StripeModel {
  readonly intents: ModelIntent[] = [];
  /** What our code asked for and could not have been done; must stay empty. */
  readonly excesses: string[] = [];
  readonly #kept = new Map<string, Answer>();
  /** How the guest's card behaves from now on. */
  card: Card;

  constructor(card: Card) {
    this.card = card;
  }

  /** A day passes at Stripe: it does again what is asked for under an old key. */
  forgetKeys(): void {
    this.#kept.clear();
  }

  /** What the guest's account shows: taken and not given back. */
  keptMinor(): number {
    return this.intents.reduce((sum, intent) => sum + intent.receivedMinor - intent.refundedMinor, 0);
  }

  /** Set aside, in all. */
  capturableMinor(): number {
    return this.intents.reduce((sum, intent) => sum + intent.capturableMinor, 0);
  }

  /** The guest pays the latest of what is open on their side; false where there is nothing to pay. */
  guestPays(): boolean {
    const open = this.intents.findLast((intent) => intent.state === "open");
    if (open === undefined) return false;
    pay(open);
    return true;
  }

  /** What Stripe keeps of what it took. */
  feeOf({ receivedMinor }: ModelIntent): number {
    return 25 + Math.floor((receivedMinor * 14) / 1_000);
  }

  /** With the fee, as an answer has them; of an odd amount it is not known yet when that is captured. */
  #answerOf(intent: ModelIntent, payment: Payment, purpose: Purpose): IntentFacts {
    const facts = this.factsOf(intent, payment);
    const isLate = purpose === "capture" && intent.receivedMinor % 2 === 1;
    if (intent.state !== "captured" || isLate) return facts;
    return { ...facts, fee: { amountMinor: this.feeOf(intent), currency: payment.currency } };
  }

  /** As a webhook has them. */

  factsOf(intent: ModelIntent, payment: Payment): IntentFacts {
    return {
      intentId: intent.id,
      state: intent.state,
      clientSecret: `${intent.id}_secret`,
      amountMinor: intent.amountMinor,
      currency: payment.currency,
      capturableMinor: intent.capturableMinor,
      receivedMinor: intent.receivedMinor,
      refundedMinor: intent.refundedMinor,
      methodId: intent.state === "open" ? null : "pm_used",
      bookingId: payment.bookingId,
      paymentId: payment.id,
    };
  }

  /** Facts as they are now, of the intents there are. */
  snapshots(payment: Payment): IntentFacts[] {
    return this.#of(payment).map((intent) => this.factsOf(intent, payment));
  }

  #of(payment: Payment): ModelIntent[] {
    return this.intents.filter(({ paymentId }) => paymentId === payment.id);
  }

  call(payment: Payment, call: Call, fault: Fault): Answer {
    if (fault === "busy") return { outcome: "failed", reason: "busy", kept: false };
    const isRead = call.purpose === "look" || call.purpose === "find";
    const kept = isRead ? undefined : this.#kept.get(call.key);
    if (kept !== undefined) return fault === "dropped" ? lost : kept;
    if (fault === "kept-before") return this.#keep(call, isRead, broken);
    const answer = this.#do(payment, call);
    if (fault === "kept-after") return this.#keep(call, isRead, broken);
    this.#keep(call, isRead, answer);
    return fault === "dropped" ? lost : answer;
  }

  #keep(call: Call, isRead: boolean, answer: Answer): Answer {
    if (!isRead) this.#kept.set(call.key, answer);
    return answer;
  }

  #do(payment: Payment, call: Call): Answer {
    if (call.purpose === "create") return this.#create(payment);
    if (call.purpose === "find") {
      const found = this.#of(payment).at(-1);
      return { outcome: "done", intent: found === undefined ? null : this.factsOf(found, payment) };
    }
    const intent = this.intents.find(({ id }) => id === payment.intentId);
    if (intent === undefined) return { outcome: "refused", reason: "payment/refused", intent: null };
    return this.#change(payment, call, intent);
  }

  #create(payment: Payment): Answer {
    const intent: ModelIntent = {
      id: `pi_${this.intents.length + 1}`,
      paymentId: payment.id,
      amountMinor: payment.amountMinor,
      captureAtOnce: payment.captureAtOnce,
      state: "open",
      capturableMinor: 0,
      receivedMinor: 0,
      refundedMinor: 0,
    };
    this.intents.push(intent);
    return payment.paymentMethod === null
      ? { outcome: "done", intent: this.#answerOf(intent, payment, "create") }
      : this.#confirm(payment, intent);
  }

  /** Without the guest, as a balance is, nobody passes 3-D Secure. */
  #confirm(payment: Payment, intent: ModelIntent): Answer {
    const isAway = payment.collection !== null && this.card === "authenticates";
    if (this.card === "accepted") pay(intent);
    const facts = this.#answerOf(intent, payment, "create");
    if (this.card !== "declined" && !isAway) return { outcome: "done", intent: facts };
    const reason = isAway ? "payment/authentication-required" : "payment/card-declined";
    return { outcome: "refused", reason, intent: facts };
  }

  #change(payment: Payment, call: Call, intent: ModelIntent): Answer {
    const refused: Answer = {
      outcome: "refused",
      reason: "payment/refused",
      intent: this.factsOf(intent, payment),
    };
    const amountMinor = call.amountMinor ?? 0;
    if (call.purpose === "confirm") {
      return intent.state === "open" ? this.#confirm(payment, intent) : refused;
    }
    if (call.purpose === "amend") {
      if (intent.state !== "open") return refused;
      intent.amountMinor = amountMinor;
    } else if (call.purpose === "capture") {
      if (amountMinor > intent.capturableMinor && intent.state === "authorised") this.excesses.push(call.key);
      if (intent.state !== "authorised" || amountMinor > intent.capturableMinor) return refused;
      Object.assign(intent, { state: "captured", receivedMinor: amountMinor, capturableMinor: 0 });
    } else if (call.purpose === "cancel") {
      if (intent.state !== "open" && intent.state !== "authorised") return refused;
      Object.assign(intent, { state: "cancelled", capturableMinor: 0 });
    } else if (call.purpose === "refund") {
      if (amountMinor > intent.receivedMinor - intent.refundedMinor) {
        this.excesses.push(call.key);
        return refused;
      }
      intent.refundedMinor += amountMinor;
    }
    const done: Answer = { outcome: "done", intent: this.#answerOf(intent, payment, call.purpose) };
    return call.purpose === "refund" ? { ...done, refund: { refundId: "re_1", state: "succeeded" } } : done;
  }
}

/** The guest's bank says yes. */
function pay(intent: ModelIntent): void {
  if (intent.captureAtOnce) Object.assign(intent, { state: "captured", receivedMinor: intent.amountMinor });
  else Object.assign(intent, { state: "authorised", capturableMinor: intent.amountMinor });
}

const lost: Answer = { outcome: "failed", reason: "timeout", kept: false };
const broken: Answer = { outcome: "failed", reason: "server-error", kept: true };
