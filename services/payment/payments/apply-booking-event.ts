/**
 * Takes in what booking says. Charge 1 remembers, for all the booking's charges, the version at which booking last decided
 * what is to be kept: an older decision is let go. A charge begins and ends without deciding that, so neither makes a
 * decision old: a change that is held overtakes the confirmation before it.
 */
import type { Money } from "@holdfast/contracts/values";
import { tellKept } from "./absorb-intent.ts";
import type { BalanceNews, BookingNews, PaidBy, Wants } from "./booking-news.ts";
import { type Given, givenOf } from "./give-back.ts";
import { newPayment } from "./new-payment.ts";
import {
  type Asked,
  type Charges,
  type Circumstances,
  type Draft,
  followedBy,
  instantAt,
  lostOfAll,
  type Payment,
  type Step,
  unchanged,
} from "./payment.ts";
import { type CollectionTerms, scheduled } from "./collection.ts";
import { draftOf, hasEnded, isAtRest, proceed } from "./plan-call.ts";
import { spreadKept } from "./spread-kept.ts";

/** What the news comes to for one charge. */
interface Order {
  readonly asked: Asked;
  readonly targetMinor: number | null;
  readonly by?: PaidBy;
  /** Booking waits to hear that nothing is taken. */
  readonly awaitsAnswer?: boolean;
  /** When it is to be taken, of a balance. */
  readonly terms?: CollectionTerms;
}

/** What a booking asks for is news for a payment that was parked: it is tried again at once. */
function unpark({ payment }: Draft, { nowMs }: Circumstances): void {
  if (payment.parkedReason === null) return;
  payment.parkedReason = null;
  payment.failures = 0;
  if (payment.call !== null) payment.nextAttemptAt = instantAt(nowMs);
}

/** One booking's charges while a piece of news is taken in, with the steps it leads to. */
class Taking {
  readonly news: BookingNews;
  readonly charges: Charges;
  readonly #circumstances: Circumstances;
  readonly #steps = new Map<number, Step>();

  constructor(news: BookingNews, charges: Charges, circumstances: Circumstances) {
    this.news = news;
    this.charges = charges;
    this.#circumstances = circumstances;
  }

  /** The charges that the news can be about: one that began after it is left to the news that follow. */
  get meant(): Charges {
    return this.charges.filter(
      ({ charge, bookingVersion }) => charge === 1 || bookingVersion <= this.news.version,
    );
  }

  find(charge: number): Payment | undefined {
    return this.charges.find((one) => one.charge === charge);
  }

  get given(): Given {
    return givenOf(this.charges);
  }

  /** Asks one charge for something; `amount` is what it is about, should it not be known yet. */
  ask(charge: number, amount: Money, order: Order): void {
    const { news } = this;
    const present = this.find(charge);
    const draft = draftOf(present ?? newPayment(news, charge, amount, this.#circumstances), this.charges);
    const { payment } = draft;
    payment.bookingVersion = news.version;
    payment.vendorId ??= news.vendorId;
    payment.traceparent = news.traceparent ?? payment.traceparent;
    payment.asked = order.asked;
    payment.targetMinor = order.targetMinor;
    if (order.by !== undefined) Object.assign(payment, order.by);
    if (order.terms !== undefined) {
      // It is asked for when it is due: there is nothing to wait for between setting it aside and taking it.
      payment.captureAtOnce = true;
      payment.collection = scheduled(payment.collection, order.terms);
    }
    // It had ended already (crossed with our refusal, or with a loss at Stripe): booking is told so (again).
    if (hasEnded(payment) && order.awaitsAnswer) payment.status = "requested";
    unpark(draft, this.#circumstances);
    const isUnknown = present === undefined && payment.collection === null;
    if (isUnknown && order.asked === "capture" && payment.amountMinor > 0) {
      payment.parkedReason = "confirmed-without-payment";
    }
    this.#steps.set(charge, proceed(draft, this.#circumstances));
  }

  /** What is due of the total at once. */
  get due(): Money {
    const { total, balance } = this.news;
    return { ...total, amountMinor: total.amountMinor - (balance?.amountMinor ?? 0) };
  }

  /** Has the balance taken when it falls due; one that has ended stays so. */
  collect({ charge, amountMinor, terms }: BalanceNews, targetMinor = amountMinor): void {
    const amount = { amountMinor, currency: this.news.total.currency };
    if (targetMinor > 0) this.ask(charge, amount, { asked: "capture", targetMinor, terms });
    else this.ask(charge, amount, ended);
  }

  /** With it known how it is paid, the money can be asked for of what was parked for want of that. */
  catchUp(present: Payment, by: PaidBy): void {
    const isMissing =
      present.calls === 0 &&
      present.status === "requested" &&
      (present.asked === "authorise" || present.asked === "capture");
    if (!isMissing) return;
    const draft = draftOf(present, this.charges);
    Object.assign(draft.payment, by);
    draft.payment.parkedReason = null;
    this.#steps.set(present.charge, proceed(draft, this.#circumstances));
  }

  /** Is what booking decided last later than this news? */
  get isOld(): boolean {
    return this.news.version <= (this.find(1)?.bookingVersion ?? 0);
  }

  /** What charge 1 remembers of the whole booking, where that is news. */
  #learning(first: Payment, charges: number): Payment | null {
    const { vendorId, total, taxMinor } = this.news;
    const isKnown = this.isOld && first.totalMinor !== null;
    const learnt = isKnown ? {} : { vendorId, totalMinor: total.amountMinor, taxMinor };
    const now = { ...first, ...learnt, charges: Math.max(first.charges, charges) };
    const isNews =
      now.charges !== first.charges ||
      now.vendorId !== first.vendorId ||
      now.totalMinor !== first.totalMinor ||
      now.taxMinor !== first.taxMinor;
    return isNews ? now : null;
  }

  /** Decides nothing about what is kept: news that did and has yet to come is none the older. */
  complete(): void {
    const { due } = this;
    const present = this.find(1);
    if (present === undefined) this.ask(1, due, { asked: "capture", targetMinor: due.amountMinor });
    const step = this.#steps.get(1) ?? (present === undefined ? undefined : unchanged(present));
    if (step !== undefined) this.#steps.set(1, { ...step, payment: { ...step.payment, completed: true } });
  }

  /**
   * Says what is kept where nothing is left to do about what was decided, though it is less than that: banks have taken
   * the rest, and no other news would come of it.
   */
  tellLoss(): void {
    const now = this.charges.map((one) => this.#steps.get(one.charge)?.payment ?? one);
    const first = this.#steps.get(1);
    if (first?.payment.intentState !== "captured" || lostOfAll(now) === 0 || !now.every(isAtRest)) return;
    const draft = draftOf(first.payment, now);
    tellKept(draft);
    this.#steps.set(1, followedBy(first, draft));
  }

  /** The steps, charge 1 first, which remembers how many charges there are and what the booking costs. */
  finish(): Step[] {
    const known = new Set([1, ...this.charges.map(({ charge }) => charge), ...this.#steps.keys()]);
    if (this.find(1) === undefined && !this.#steps.has(1)) {
      // The booking is confirmed, and its own payment was never heard of.
      this.ask(1, this.due, { asked: "capture", targetMinor: this.due.amountMinor });
    }
    const first = this.#steps.get(1)?.payment ?? this.find(1);
    const learnt = first === undefined ? null : this.#learning(first, known.size);
    if (learnt !== null) {
      this.#steps.set(1, { ...(this.#steps.get(1) ?? unchanged(learnt)), payment: learnt });
    }
    return [...this.#steps.values()].toSorted((a, b) => a.payment.charge - b.payment.charge);
  }
}

const ended: Order = { asked: "settle", targetMinor: 0 };

type WantsAuthorise = Extract<Wants, { asked: "authorise" }>;

function authorise(taking: Taking, { by, difference }: WantsAuthorise, isOld: boolean): void {
  const { charge, due } = difference ?? { charge: 1, due: taking.due };
  const present = taking.find(charge);
  if (present !== undefined && (isOld || charge > 1)) taking.catchUp(present, by);
  // Since then booking has decided what is kept without this charge, for it accepts only what was authorised here: the
  // charge is made ended, and nothing is asked of Stripe.
  else if (isOld) taking.ask(charge, due, ended);
  else taking.ask(charge, due, { asked: "authorise", targetMinor: null, by });
}

/** A charge ends once, whatever has happened since, unless booking has decided about it. */
function drop(taking: Taking, charge: number): void {
  const present = taking.find(charge);
  // It is not known what it would have been, nor will anybody be asked for it.
  const nothing = { amountMinor: 0, currency: taking.news.total.currency };
  if (present === undefined || present.targetMinor === null) taking.ask(charge, nothing, ended);
}

/** The booking is over: all its charges settle, sharing what is kept. */
function settle(taking: Taking, keepMinor: number, awaitsAnswer: boolean): void {
  const { meant, news } = taking;
  const { total } = news;
  const { shares } = spreadKept(meant, { keepMinor, accepted: null, openMinor: 0, given: taking.given });
  taking.ask(1, total, {
    asked: "settle",
    targetMinor: shares.get(1) ?? Math.min(keepMinor, total.amountMinor),
    awaitsAnswer,
  });
  for (const { charge } of meant) {
    const targetMinor = shares.get(charge) ?? 0;
    if (charge > 1) taking.ask(charge, total, { asked: "settle", targetMinor });
  }
}

/** The booking stands at another price: what a charge does not keep any more goes back, the rest is taken. */
function move(taking: Taking, keepMinor: number, accepted: number | null): void {
  const { meant, news } = taking;
  const { balance } = news;
  const openMinor = balance?.amountMinor ?? 0;
  const { shares, missingMinor } = spreadKept(meant, { keepMinor, accepted, openMinor, given: taking.given });
  for (const { charge, amountMinor, collection, intentState } of meant) {
    const targetMinor = shares.get(charge) ?? 0;
    if (collection !== null && balance !== null && charge === balance.charge) {
      taking.collect(balance, targetMinor);
      continue;
    }
    // Where all of it goes back the booking stands still: it is not settled before it is over.
    const isTaken = charge === 1 && intentState === "captured";
    const isKept = targetMinor > 0 || amountMinor === 0 || isTaken;
    taking.ask(charge, news.total, { asked: isKept ? "capture" : "settle", targetMinor });
  }
  if (balance !== null && taking.find(balance.charge) === undefined) taking.collect(balance);
  // A charge accepted and never heard of is made for what is missing, and waits for its own news or for a person.
  const missing = meant.length === 0 ? 1 : accepted;
  if (missing === null || taking.find(missing) !== undefined || missingMinor === 0) return;
  const amount = { amountMinor: missingMinor, currency: news.total.currency };
  taking.ask(missing, amount, { asked: "capture", targetMinor: missingMinor });
}

/** The booking is confirmed: what was due is taken, and the balance will be. */
function confirm(taking: Taking): void {
  const { due, news } = taking;
  taking.ask(1, due, { asked: "capture", targetMinor: taking.find(1)?.amountMinor ?? due.amountMinor });
  if (news.balance !== null) taking.collect(news.balance);
}

/**
 * It is over. Its start has passed by then, whatever was heard of it: an attempt under way is read, and what it did not
 * take is given up.
 */
function complete(taking: Taking): void {
  taking.complete();
  const { balance } = taking.news;
  const present = balance === null ? undefined : taking.find(balance.charge);
  if (balance === null || !present?.targetMinor) return;
  taking.collect(
    balance,
    Math.min(present.targetMinor, Math.max(0, balance.amountMinor - present.goodwillMinor)),
  );
}

/**
 * The booking's charges after one of its events, as steps of those that change, charge 1 first. A booking not known yet
 * begins with whichever event comes first.
 */
export function applyBookingEvent(charges: Charges, news: BookingNews, circumstances: Circumstances): Step[] {
  const taking = new Taking(news, charges, circumstances);
  const { wants, total } = news;
  const { isOld } = taking;
  if (wants.asked === "authorise") authorise(taking, wants, isOld);
  else if (wants.asked === "drop") drop(taking, wants.charge);
  else if (wants.asked === "complete") complete(taking);
  else if (isOld) return [];
  else if (wants.asked === "settle") settle(taking, wants.keepMinor, !wants.afterDecline);
  else if (wants.asked === "move") move(taking, wants.keepMinor, wants.charge);
  else if (wants.asked === "capture") confirm(taking);
  else taking.ask(1, total, { asked: "expire", targetMinor: null, awaitsAnswer: true });
  if (wants.asked === "settle" || wants.asked === "move") taking.tellLoss();
  return taking.finish();
}
