/** The charges of one booking and the Stripe model they talk to, driven step by step. */
import type { Id } from "@holdfast/contracts/ids";
import type { Posting } from "../ledger/accounts.ts";
import { postingsOf } from "../ledger/postings-of.ts";
import { decidedOf, settlementNews, settlementOf } from "../ledger/settlement.ts";
import { nothing } from "../ledger/shares.ts";
import { absorbIntent } from "./absorb-intent.ts";
import type { Answer, IntentFacts } from "./answer.ts";
import { applyAnswer } from "./apply-answer.ts";
import { applyBookingEvent } from "./apply-booking-event.ts";
import type { BalanceNews, BookingNews, PaidBy, Wants } from "./booking-news.ts";
import { giveBack, givableMinor } from "./give-back.ts";
import {
  type Announced,
  type Charges,
  type Circumstances,
  defaultPatience,
  keptOfAll,
  type Payment,
  type RefundMade,
  type Step,
} from "./payment.ts";
import { hasBegun } from "./collection.ts";
import { draftOf, lookNow, proceed, takeUp, takeUpBalance } from "./plan-call.ts";
import { type Card, type Fault, StripeModel } from "./stripe-model.fixture.ts";

const bookingId: Id<"bkg"> = "bkg_01h455vb4pex5vsknk084sn02q";
export const totalMinor = 10_000;
export const basisPoints = 1_234;

/** Paid by card, as most are. */
export function paidBy(paymentMethod: string | null, captureAtOnce = false): PaidBy {
  return { provider: "stripe", paymentMethod, captureAtOnce, saveMethod: false, providerCustomer: null };
}

/** Of a booking with a balance, what is paid by is kept with the guest's customer. */
function kept(wants: Wants, balance: BalanceNews | null): Wants {
  if (wants.asked !== "authorise" || wants.difference !== undefined || balance === null) return wants;
  return { ...wants, by: { ...wants.by, saveMethod: true, providerCustomer: "cus_1" } };
}

export class PaymentWorld {
  charges: Charges = [];
  readonly stripe: StripeModel;
  readonly announced: Announced[] = [];
  readonly refunds: RefundMade[] = [];
  /** What was posted, in order. */
  readonly books: Posting[] = [];
  /** What the booking was settled at so far. */
  settled = { shares: nothing, times: 0 };
  /** Answers and facts that may be given again at any time. */
  readonly past: { key: string; answer: Answer; charge: number }[] = [];
  readonly seen: IntentFacts[] = [];
  /** What was given back on top of what booking asked. */
  goodwillMinor = 0;
  /** The least that was ever to be kept; what was once given back is not taken again. */
  leastTargetMinor = Number.MAX_SAFE_INTEGER;
  readonly circumstances: Circumstances;
  readonly #basisPoints: number;
  #nowMs = Date.UTC(2026, 10, 1);
  #businessMs = Date.UTC(2026, 10, 1);
  #ids = 0;

  constructor(card: Card = "accepted", commission = basisPoints) {
    this.#basisPoints = commission;
    this.stripe = new StripeModel(card);
    const nextId = () => String((this.#ids += 1)).padStart(26, "0");
    const now = () => this.#nowMs;
    const businessNow = () => this.#businessMs;
    this.circumstances = {
      get nowMs() {
        return now();
      },
      get businessMs() {
        return businessNow();
      },
      random: () => 0.5,
      newPaymentId: () => `pay_${nextId()}`,
      newRefundId: () => `rfd_${nextId()}`,
      patience: defaultPatience,
    };
  }

  /** The booking's own charge, if there is one yet. */
  get payment(): Payment | undefined {
    return this.find(1);
  }

  get known(): Payment {
    return this.charge(1);
  }

  find(charge: number): Payment | undefined {
    return this.charges.find((one) => one.charge === charge);
  }

  charge(charge: number): Payment {
    const found = this.find(charge);
    if (found === undefined) throw new Error(`no charge ${charge} yet`);
    return found;
  }

  types(): string[] {
    return this.announced.map(({ event }) => event.type);
  }

  /** Was such an event announced about the payment? */
  tellsOf(paymentId: string | null | undefined, name: string): boolean {
    return this.announced.some(
      ({ event, data }) =>
        event.type === `payment.${name}.v1` && (data as { paymentId: string }).paymentId === paymentId,
    );
  }

  get businessMs(): number {
    return this.#businessMs;
  }

  /** The business clock moves on, and whatever balance is due by then is taken up. */
  pass(hours: number): this {
    this.#businessMs += hours * 3_600_000;
    return this.collect();
  }

  /** Balances whose time has come are taken up. */
  collect(): this {
    for (const payment of this.charges) {
      const { collection, call } = payment;
      const isDue = collection?.tryAt && Date.parse(collection.tryAt) <= this.#businessMs;
      if (isDue && call === null) this.take(takeUpBalance(payment, this.charges, this.circumstances));
    }
    return this;
  }

  booking(version: number, wants: Wants, amountMinor = totalMinor, balance: BalanceNews | null = null): this {
    const total = { amountMinor, currency: "EUR" };
    const customerId: Id<"usr"> = "usr_01h455vb4pex5vsknk084sn02q";
    const taxMinor = Math.round((amountMinor * 19) / 119);
    const vendorId: Id<"vnd"> = "vnd_01h455vb4pex5vsknk084sn02q";
    const about = { bookingId, customerId, vendorId, total, taxMinor, balance };
    return this.news({ ...about, version, traceparent: null, wants });
  }

  /** Takes in what booking said. */
  news(said: BookingNews): this {
    const news = { ...said, wants: kept(said.wants, said.balance) };
    for (const step of applyBookingEvent(this.charges, news, this.circumstances)) this.take(step);
    return this;
  }

  held(paymentMethod: string | null = "pm_card_visa", captureAtOnce = false): this {
    return this.booking(1, { asked: "authorise", by: paidBy(paymentMethod, captureAtOnce) });
  }

  /** A dearer time is held: the difference is a charge of its own. */
  changeHeld(
    version: number,
    charge: number,
    dueMinor: number,
    paymentMethod: string | null = "pm_card_visa",
  ): this {
    const due = { amountMinor: dueMinor, currency: "EUR" };
    const difference = { charge, due };
    return this.booking(version, { asked: "authorise", by: paidBy(paymentMethod), difference });
  }

  /** Makes the call under way, if there is one. */
  call(fault: Fault = "none", charge = 1): this {
    const call = this.find(charge)?.call;
    if (call === undefined || call === null) return this;
    return this.answer(call.key, this.stripe.call(this.charge(charge), call, fault), charge);
  }

  /** Makes the call under way; its answer is still on its way, and is among the past ones to be given later. */
  callLate(charge = 1): this {
    const call = this.find(charge)?.call ?? null;
    if (call === null) return this;
    const answer = this.stripe.call(this.charge(charge), call, "none");
    this.past.push({ key: call.key, answer, charge });
    return this;
  }

  answer(key: string, answer: Answer, charge = 1): this {
    this.past.push({ key, answer, charge });
    const { id: paymentId } = this.charge(charge);
    const step = applyAnswer(this.charges, { paymentId, key, answer }, this.circumstances);
    return step === null ? this : this.take(step);
  }

  /** Somebody gives this share of what is kept back, on top of what booking asks. */
  giveBack(percent: number): this {
    const amountMinor = Math.floor((givableMinor(this.charges) * percent) / 100);
    return amountMinor === 0 ? this : this.giveBackSo(amountMinor);
  }

  giveBackSo(amountMinor: number): this {
    this.goodwillMinor += amountMinor;
    for (const step of giveBack(this.charges, amountMinor, this.circumstances)) this.take(step);
    return this;
  }

  /** A webhook with facts of some moment. */
  facts(facts: IntentFacts): this {
    const payment = this.charges.find(({ id }) => id === facts.paymentId);
    if (payment === undefined) return this;
    const draft = draftOf(payment, this.charges);
    absorbIntent(draft, facts, this.circumstances);
    return this.take(proceed(draft, this.circumstances));
  }

  /** A webhook that has the intent read again: a refund failed, or was made by hand. */
  refundNotice(): this {
    const draft = draftOf(this.known, this.charges);
    lookNow(draft, this.circumstances);
    return this.take(proceed(draft, this.circumstances));
  }

  /** Time passes until the row is due. */
  wait(charge = 1): this {
    const due = this.find(charge)?.nextAttemptAt;
    if (due === undefined || due === null) return this;
    this.#nowMs = Math.max(this.#nowMs, Temporal.Instant.from(due).epochMilliseconds);
    return this.take(takeUp(this.charge(charge), this.circumstances));
  }

  /** Nobody is there for a day and an hour, in which Stripe forgets what it was asked under which key. */
  beAwayForADay(): this {
    this.#nowMs += 25 * 3_600_000;
    this.stripe.forgetKeys();
    return this.wait();
  }

  /** Everything works again: calls are made until none is under way and a look has found nothing new. */
  settle(): this {
    const standing = () =>
      JSON.stringify(this.charges.map(({ intentState, status }) => [intentState, status]));
    for (let round = 0; round < 40; round += 1) {
      this.#callAll();
      const before = standing();
      for (const { charge } of this.charges) this.wait(charge);
      this.#callAll();
      if (standing() === before) return this;
    }
    return this;
  }

  #callAll(): void {
    for (const { charge } of this.charges)
      for (let calls = 0; calls < 40 && this.charge(charge).call !== null; calls += 1)
        this.call("none", charge);
  }

  /** Takes in what was decided about a charge, as what stores it does. */
  take(step: Step): this {
    const known = this.charges;
    const others = known.filter(({ id }) => id !== step.payment.id);
    this.charges = [...others, step.payment].toSorted((a, b) => a.charge - b.charge);
    this.#checkTold(step);
    this.#checkNotLate(step);
    const { targetMinor } = step.payment;
    if (targetMinor !== null) this.leastTargetMinor = Math.min(this.leastTargetMinor, targetMinor);
    const before = known.find(({ charge }) => charge === step.payment.charge) ?? null;
    this.books.push(...postingsOf({ ...step, before }));
    if (settlementNews(known, this.charges) === "due") this.#settleBooks();
    this.announced.push(...step.announced);
    this.refunds.push(...step.refunds);
    this.seen.push(...this.stripe.snapshots(step.payment));
    return this;
  }

  /** As the sweep does, the moment that it is due. */
  #settleBooks(): void {
    const decided = decidedOf(this.charges);
    if (decided === null) throw new Error("what is due is decided");
    const { postings, shares } = settlementOf(decided, this.settled, this.#basisPoints);
    if (postings.length === 0) return;
    this.books.push(...postings);
    this.settled = { shares, times: this.settled.times + 1 };
  }

  /** Nobody is charged whose booking has begun. */
  #checkNotLate({ payment: { call, collection }, begins }: Step): void {
    const isCharging = call?.purpose === "create" || call?.purpose === "confirm";
    if (begins && isCharging && collection !== null && hasBegun(collection, this.#businessMs)) {
      this.stripe.excesses.push(`${call.key}, after the start`);
    }
  }

  /** What an event says is kept is what all the charges keep once it is told. */
  #checkTold(step: Step): void {
    const told = step.announced
      .map(({ data }) => data as { keptMinor?: number; bookingKeptMinor?: number })
      .findLast(({ keptMinor }) => keptMinor !== undefined);
    const toldMinor = told?.bookingKeptMinor ?? told?.keptMinor;
    if (toldMinor !== undefined && toldMinor !== keptOfAll(this.charges)) {
      throw new Error(`told of ${toldMinor}, kept are ${keptOfAll(this.charges)}`);
    }
  }
}
