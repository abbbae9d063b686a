/**
 * Takes in what booking says. Charge 1 remembers, for all the booking's charges, the version at which booking last decided
 * what is to be kept: an older decision is let go. A charge begins and ends without deciding that, so neither makes a
 * decision old: a change that is held overtakes the confirmation before it.
 */
import type { Id } from "@holdfast/contracts/ids";
import type { Money } from "@holdfast/contracts/values";
import { newPayment } from "./new-payment.ts";
import {
  type Asked,
  type Charges,
  type Circumstances,
  type Draft,
  instantAt,
  type Payment,
  type Step,
  unchanged,
} from "./payment.ts";
import { draftOf, hasEnded, proceed } from "./plan-call.ts";
import { spreadKept } from "./spread-kept.ts";

/** What payment needs to know of a booking event. */
export interface BookingNews {
  readonly bookingId: Id<"bkg">;
  readonly customerId: Id<"usr">;
  readonly vendorId: Id<"vnd">;
  readonly total: Money;
  /** What of the total is tax. */
  readonly taxMinor: number;
  readonly version: number;
  readonly traceparent: string | null;
  readonly wants: Wants;
}

/** How a charge is paid. */
export interface PaidBy {
  readonly provider: string;
  /** A payment method to confirm at once; null where the guest pays on their side. */
  readonly paymentMethod: string | null;
  readonly captureAtOnce: boolean;
}

/** What the event asks of payment. */
export type Wants =
  /** `difference` is given for the charge of a dearer move; without it charge 1 and the booking's total are meant. */
  | {
      readonly asked: "authorise";
      readonly by: PaidBy;
      readonly difference?: { readonly charge: number; readonly due: Money };
    }
  | { readonly asked: "expire" }
  | { readonly asked: "capture" }
  /** `afterDecline`: the booking ended because this very payment was declined, so the end needs no answer. */
  | { readonly asked: "settle"; readonly keepMinor: number; readonly afterDecline: boolean }
  /** The booking stands, and all its charges together are to keep so much; `charge` is the one just accepted. */
  | { readonly asked: "move"; readonly keepMinor: number; readonly charge: number | null }
  /** It took place: nothing more is to come, and what is taken may be settled. */
  | { readonly asked: "complete" }
  /** A difference that was not paid: its charge ends. */
  | { readonly asked: "drop"; readonly charge: number };

/** What the news comes to for one charge. */
interface Order {
  readonly asked: Asked;
  readonly targetMinor: number | null;
  readonly by?: PaidBy;
  /** Booking waits to hear that nothing is taken. */
  readonly awaitsAnswer?: boolean;
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
    // It had ended already (crossed with our refusal, or with a loss at Stripe): booking is told so (again).
    if (hasEnded(payment) && order.awaitsAnswer) payment.status = "requested";
    unpark(draft, this.#circumstances);
    if (present === undefined && order.asked === "capture" && payment.amountMinor > 0) {
      payment.parkedReason = "confirmed-without-payment";
    }
    this.#steps.set(charge, proceed(draft, this.#circumstances));
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
    const { total } = this.news;
    const present = this.find(1);
    if (present === undefined) this.ask(1, total, { asked: "capture", targetMinor: total.amountMinor });
    const step = this.#steps.get(1) ?? (present === undefined ? undefined : unchanged(present));
    if (step !== undefined) this.#steps.set(1, { ...step, payment: { ...step.payment, completed: true } });
  }

  /** The steps, charge 1 first, which remembers how many charges there are and what the booking costs. */
  finish(): Step[] {
    const known = new Set([1, ...this.charges.map(({ charge }) => charge), ...this.#steps.keys()]);
    if (this.find(1) === undefined && !this.#steps.has(1)) {
      // The booking is confirmed, and its own payment was never heard of.
      this.ask(1, this.news.total, { asked: "capture", targetMinor: this.news.total.amountMinor });
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
  const { charge, due } = difference ?? { charge: 1, due: taking.news.total };
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
  const shares = spreadKept(meant, keepMinor, null);
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
  const shares = spreadKept(meant, keepMinor, accepted);
  for (const { charge, amountMinor } of meant) {
    const targetMinor = shares.get(charge) ?? 0;
    const isKept = targetMinor > 0 || amountMinor === 0;
    taking.ask(charge, news.total, { asked: isKept ? "capture" : "settle", targetMinor });
  }
  // A charge accepted and never heard of is made for what is missing, and waits for its own news or for a person.
  const missing = meant.length === 0 ? 1 : accepted;
  if (missing === null || taking.find(missing) !== undefined) return;
  const missingMinor = keepMinor - [...shares.values()].reduce((sum, share) => sum + share, 0);
  if (missingMinor <= 0) return;
  const amount = { amountMinor: missingMinor, currency: news.total.currency };
  taking.ask(missing, amount, { asked: "capture", targetMinor: missingMinor });
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
  else if (wants.asked === "complete") taking.complete();
  else if (isOld) return [];
  else if (wants.asked === "settle") settle(taking, wants.keepMinor, !wants.afterDecline);
  else if (wants.asked === "move") move(taking, wants.keepMinor, wants.charge);
  else if (wants.asked === "capture") {
    taking.ask(1, total, { asked: "capture", targetMinor: taking.find(1)?.amountMinor ?? total.amountMinor });
  } else taking.ask(1, total, { asked: "expire", targetMinor: null, awaitsAnswer: true });
  return taking.finish();
}
