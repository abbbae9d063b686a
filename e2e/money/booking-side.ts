/** Booking's side of one life: its real decisions over a row that is kept in memory. */
import assert from "node:assert";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import { type BookingFacts, bookingHeld } from "@holdfast/contracts/events/booking";
import {
  paymentAuthorised,
  paymentBalanceFailed,
  paymentBalanceLost,
  paymentCaptured,
  paymentDeclined,
  paymentDisputeClosed,
  paymentVoided,
  refundSucceeded,
} from "@holdfast/contracts/events/payment";
import { newId } from "@holdfast/contracts/ids";
import { bookingFacts } from "../../services/booking/bookings/booking-view.ts";
import { paidBy } from "../../services/booking/bookings/paid-by.ts";
import { whyNot } from "../../services/booking/bookings/transitions.ts";
import type { BookingRow } from "../../services/booking/database.ts";
import { balanceOf, paidMinor } from "../../services/booking/pricing/deposit.ts";
import { advance } from "../../services/booking/saga/advance.ts";
import type { SagaChanges, SagaMessage, Surroundings } from "../../services/booking/saga/changes.ts";
import { reschedule } from "../../services/booking/saga/move-booking.ts";
import { type BalanceNews, messagesOf, type NewsKind } from "../../services/booking/saga/payment-news.ts";
import { sampleBooking } from "../../services/booking/saga/sample-booking.fixture.ts";
import { priceLine } from "../../services/payment/documents/composed.fixture.ts";
import { taxIn } from "./share-out.ts";
import { dueHoursBefore, graceHours, lastsHours, noShowAfterMinutes, type Terms } from "./life.ts";

const hourMs = 3_600_000;
const textOf = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();

/** An event that booking has told. */
export interface Told {
  readonly event: EventDefinition;
  readonly version: number;
  readonly data: BookingFacts;
}

/** An event that payment has told. */
export interface News {
  readonly type: string;
  readonly data: BalanceNews;
}

const kinds = new Map<string, NewsKind>([
  [paymentAuthorised.type, "authorised"],
  [paymentDeclined.type, "declined"],
  [paymentCaptured.type, "captured"],
  [paymentVoided.type, "voided"],
  [refundSucceeded.type, "refunded"],
  [paymentDisputeClosed.type, "refunded"],
  [paymentBalanceFailed.type, "balance-failed"],
  [paymentBalanceLost.type, "balance-lost"],
]);

/** Payment methods as the stand-in for Stripe knows them. */
const methods = { works: "pm_card_visa", declined: "pm_card_chargeDeclined", absent: null } as const;

function timesAt(startMs: number) {
  const [starts_at, ends_at] = [textOf(startMs), textOf(startMs + lastsHours * hourMs)];
  return { starts_at, ends_at, during: `[${starts_at},${ends_at})` };
}

function rowOf(terms: Terms, nowMs: number): BookingRow {
  const startMs = nowMs + terms.startsInHours * hourMs;
  const { totalMinor, depositPercent, noShowPercent, captureAtOnce, refund } = terms;
  const policies: BookingRow["policies"] = {
    noShow: { afterMinutes: noShowAfterMinutes, refundPercent: noShowPercent },
    depositPercent,
    ...(depositPercent < 100 && { balance: { dueHoursBefore, graceHours } }),
    approval: null,
    payment: { capture: captureAtOnce ? "immediate" : "on-confirmation", onArrival: false },
  };
  const balance = balanceOf({ policies, totalMinor, currency: terms.currency, beginsAtMs: startMs, nowMs });
  const holdEnds = textOf(nowMs + 15 * 60_000);
  return sampleBooking({
    booking_id: newId("bkg"),
    ...timesAt(startMs),
    lines: linesOf(totalMinor, terms),
    total_minor: totalMinor,
    currency: terms.currency,
    cancellation: {
      fullRefundUntilHours: refund.fullUntilHours,
      tiers: refund.tiers.map(({ untilHours, percent }) => ({ untilHours, refundPercent: percent })),
      refundPercentAfter: refund.percentAfter,
    },
    policies,
    charges: balance?.charge ?? 1,
    balance,
    payment_method: methods[terms.card],
    keep_minor: paidMinor({ total_minor: totalMinor, balance }),
    hold_expires_at: holdEnds,
    step_deadline_at: holdEnds,
  });
}

function linesOf(totalMinor: number, { taxBasisPoints }: Terms): BookingRow["lines"] {
  const tax = { basisPoints: taxBasisPoints, included: true, amountMinor: taxIn(totalMinor, taxBasisPoints) };
  const base = priceLine({ amountMinor: totalMinor });
  return taxBasisPoints === 0 ? [base] : [base, priceLine({ kind: "tax", label: "VAT", ...tax })];
}

export class BookingSide {
  row: BookingRow;
  readonly #terms: Terms;
  #nowMs: number;
  readonly #startedMs: number;
  #told: Told[] = [];

  constructor(terms: Terms, nowMs: number) {
    this.#terms = terms;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs;
    this.row = rowOf(terms, nowMs);
    const { policies, payment_method: method, hold_expires_at: holdExpiresAt } = this.row;
    const data = { ...bookingFacts(this.row), holdExpiresAt: holdExpiresAt!, ...paidBy(method, policies) };
    this.#told.push({ event: bookingHeld as EventDefinition, version: 1, data });
  }

  get #around(): Surroundings {
    const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms);
    // Machine time stands still: nobody waits so long for an answer that a person has to look.
    return { now: at(this.#nowMs), machineNow: at(this.#startedMs), slotIsFree: true };
  }

  /** What was told since this was last asked. */
  take(): Told[] {
    return this.#told.splice(0);
  }

  #apply({ booking, announce }: SagaChanges): void {
    this.row = { ...this.row, ...booking, version: this.row.version + 1 };
    if (announce === null) return;
    const data = { ...bookingFacts(this.row), ...announce.with };
    this.#told.push({ event: announce.event, version: this.row.version, data });
  }

  #advance(message: SagaMessage): boolean {
    const changes = advance(this.row, message, this.#around);
    if (changes !== null) this.#apply(changes);
    return changes !== null;
  }

  hear({ type, data }: News): void {
    const kind = kinds.get(type);
    if (kind === undefined) return;
    for (const message of messagesOf(kind, data)) this.#advance(message);
  }

  /** Somebody does it, who may. */
  act(kind: "cancel" | "call-off" | "check-in" | "complete" | "no-show"): void {
    const by = kind === "cancel" ? this.row.customer_id : "usr_vendor";
    assert(this.#advance({ kind, by }), `${kind} of a booking that is ${this.row.status}`);
  }

  /** The guest moves it, so that it costs so much. */
  move(totalMinor: number, startMs: number, card: "works" | "declined"): void {
    const { row } = this;
    const refusal = row.change === null ? whyNot(row, "reschedule", "guest", this.#around.now) : "moving";
    assert.equal(refusal, undefined);
    const { starts_at: startsAt, ends_at: endsAt, during } = timesAt(startMs);
    const { quantity, people, also, customer_id: by } = row;
    const lines = linesOf(totalMinor, this.#terms);
    const to = { startsAt, endsAt, during, quantity, people, also, lines, totalMinor };
    const asked = { by, holdMinutes: 15, paymentMethod: methods[card] };
    this.#apply(reschedule(row, to, asked, this.#around));
  }

  /** Time has come to that moment. */
  passTo(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** What is due by now is done; false where that is nothing. */
  sweep(): boolean {
    return this.#advance({ kind: "deadline", by: "clock" });
  }
}
