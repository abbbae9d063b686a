/** One charge of a booking as the pure core sees it: what booking asked for, what its provider has done, and the one call under way. */
import type { ChargeView, PaymentStatus } from "@holdfast/contracts/api/payment";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import type { Id } from "@holdfast/contracts/ids";
import type { Money } from "@holdfast/contracts/values";
import type { Collection } from "./collection.ts";

/**
 * What booking last asked for: to set the money aside; to look once more, as the hold has ended; to take it; or to settle
 * at `targetMinor`, since the booking is over.
 */
export type Asked = "authorise" | "expire" | "capture" | "settle";

/** What a charge is at its provider, there called an intent, as far as it differs to us; an intent only ever moves to the right, and ends at either of the last two. */
export type IntentState = "open" | "authorised" | "captured" | "cancelled";

/** Everything but `parked`, which `parkedReason` says and which hides none of these. */
export type Standing = Exclude<PaymentStatus, "parked">;

/** What a call to a provider does. `find` looks for the intent of a `create` that never answered; `watch` follows a pending refund. */
export type Purpose =
  | "create"
  | "confirm"
  | "amend"
  | "find"
  | "look"
  | "capture"
  | "cancel"
  | "refund"
  | "watch";

/** A call to a provider, written down before it is made, so that whoever takes over makes the very same one. */
export interface Call {
  readonly purpose: Purpose;
  /** `booking:<id>:<purpose>:<number>`, `booking:<id>/<charge>:…` beyond charge 1; the idempotency key, and what an answer is matched by. */
  readonly key: string;
  /** What is captured or refunded, or what an intent is changed to be for; null for the others. */
  readonly amountMinor: number | null;
  /** The pending refund's id at Stripe, for `watch`. */
  readonly refundId: string | null;
  /** How often it has failed under this key. */
  readonly failures: number;
  /** Machine time at which it was written down: its key cannot be older at Stripe. */
  readonly plannedAtMs: number;
}

/** One row of `payments`. */
export interface Payment {
  readonly id: Id<"pay">;
  readonly bookingId: Id<"bkg">;
  /** Its number among the booking's charges: 1 is the booking itself, 2 its balance if it has one, each dearer move adds the next. */
  readonly charge: number;
  /** How many charges the booking has; kept up to date on charge 1 alone. */
  readonly charges: number;
  readonly customerId: Id<"usr">;
  /** Whose booking it is; null of a row of before it was known, until the booking's next event. */
  readonly vendorId: Id<"vnd"> | null;
  /** Of charge 1: what the whole booking costs, and what of that is tax. */
  readonly totalMinor: number | null;
  readonly taxMinor: number | null;
  /** Of charge 1: the booking took place, so that nothing more is to come of it. */
  readonly completed: boolean;
  readonly amountMinor: number;
  readonly currency: string;
  /** Name of the provider that moves its money. */
  readonly provider: string;
  /** A payment method to confirm at once; null where the guest pays on their side. */
  readonly paymentMethod: string | null;
  /** The money is taken as soon as the guest has paid, not set aside first. */
  readonly captureAtOnce: boolean;
  /** What it is paid by is kept for charges without the guest. */
  readonly saveMethod: boolean;
  /** The guest as the provider knows them, who what was kept belongs to; null while that is not known, or not needed. */
  readonly providerCustomer: string | null;
  /** What it was paid by in the end, as the provider knows it; null while that is not known. */
  readonly usedMethod: string | null;
  /** When and how often it is tried, of a balance; null of every other charge. */
  readonly collection: Collection | null;
  /** Version of the latest booking event taken in; on charge 1, of the latest that decided what is kept of all charges. */
  readonly bookingVersion: number;
  readonly asked: Asked;
  /** What is to be kept in the end; null while that is not decided. */
  readonly targetMinor: number | null;
  readonly status: Standing;
  readonly intentId: string | null;
  readonly intentState: IntentState | null;
  readonly clientSecret: string | null;
  readonly authorisedMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** The guest disputes it at their bank, which has the money: nothing of it is given back while that is open. */
  readonly disputed: boolean;
  /** What the bank gave back over disputes that were lost, as far as we had it. */
  readonly chargedBackMinor: number;
  /** What was given back of it on top of what booking asked for; booking's own wishes are meant without it. */
  readonly goodwillMinor: number;
  /** What Stripe kept for itself of what it took; null until it is known. */
  readonly fee: Money | null;
  /** Code of the refusal, of a declined payment. */
  readonly reason: string | null;
  /** The aggregate's version: how many events have been announced about it. */
  readonly version: number;
  readonly call: Call | null;
  /** How many calls were ever planned; numbers their keys. */
  readonly calls: number;
  /** Failures since Stripe last did what was asked. */
  readonly failures: number;
  /** Looks taken while waiting for the guest, and then for the fee; each makes the next one later. */
  readonly looks: number;
  /** When whoever sees it takes the row up: repeats the call, or has a look. */
  readonly nextAttemptAt: string | null;
  /** Why no progress is to be expected without a person; null where all is well. */
  readonly parkedReason: string | null;
  readonly traceparent: string | null;
  readonly createdAt: string;
}

/** A row of `refunds`: money given back, one row for each `refund.succeeded`. */
export interface RefundMade {
  readonly id: Id<"rfd">;
  readonly bookingId: Id<"bkg">;
  readonly charge: number;
  readonly amountMinor: number;
}

/** An event to announce, with the payment's version after it. */
export interface Announced {
  readonly event: EventDefinition;
  readonly version: number;
  readonly data: unknown;
}

/** What a decision leads to. `payment` is the very object given where nothing changed. */
export interface Step {
  readonly payment: Payment;
  readonly announced: readonly Announced[];
  readonly refunds: readonly RefundMade[];
  /** The payment's call is to be made now; otherwise it waits for its time. */
  readonly begins: boolean;
}

/** What the core needs from outside: machine time, chance, new ids, and how patient to be. */
export interface Circumstances {
  readonly nowMs: number;
  /** Business time, by which balances fall due. */
  readonly businessMs: number;
  readonly random: () => number;
  readonly newPaymentId: () => Id<"pay">;
  readonly newRefundId: () => Id<"rfd">;
  readonly patience: Patience;
}

/** The bounds on retries and waits, in ms where they are times. */
export interface Patience {
  /** A call begun is taken up by somebody else after this long. */
  readonly claimMs: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** Failures in a row after which the payment is parked. */
  readonly failuresMax: number;
  /** How often a call that Stripe refused is planned anew from a fresh look before the payment is parked. */
  readonly refusalsMax: number;
  /** A parked payment is tried again this seldom, so that a long outage heals by itself. */
  readonly parkedRetryMs: number;
  /** For how long Stripe is trusted to know a key; after that the same call could be done twice. */
  readonly keyKnownMs: number;
  /** First and longest wait before looking at an intent that a guest has yet to pay. */
  readonly lookBaseMs: number;
  readonly lookMaxMs: number;
  /** First and longest wait before asking what Stripe kept of a capture, and how often that is asked. */
  readonly feeBaseMs: number;
  readonly feeMaxMs: number;
  readonly feeLooksMax: number;
}

export const defaultPatience: Patience = {
  claimMs: 2_000,
  retryBaseMs: 200,
  retryMaxMs: 30_000,
  failuresMax: 24,
  refusalsMax: 6,
  parkedRetryMs: 900_000,
  // Stripe forgets keys after 24 hours at the earliest (https://docs.stripe.com/api/idempotent_requests).
  keyKnownMs: 20 * 3_600_000,
  lookBaseMs: 5_000,
  lookMaxMs: 60_000,
  feeBaseMs: 60_000,
  feeMaxMs: 6 * 3_600_000,
  feeLooksMax: 10,
};

/** Working copy of a payment inside one decision. */
export interface Draft {
  payment: { -readonly [K in keyof Payment]: Payment[K] };
  /** What is kept of the booking's other charges, in minor units. */
  readonly keptElsewhereMinor: number;
  /** Another of the booking's charges is its balance, and captured. */
  readonly isBalanceElsewhere: boolean;
  /** What was given back on top of the booking's other charges, and what banks took of them. */
  readonly goodwillElsewhereMinor: number;
  readonly lostElsewhereMinor: number;
  readonly announced: Announced[];
  readonly refunds: RefundMade[];
  begins: boolean;
}

/** All charges of one booking, by number. They are locked together, and what they keep together is what counts. */
export type Charges = readonly Payment[];

/** What is captured and not given back, neither by us nor by the guest's bank. */
export function keptMinor({
  capturedMinor,
  refundedMinor,
  chargedBackMinor,
}: Pick<Payment, "capturedMinor" | "refundedMinor" | "chargedBackMinor">): number {
  // A refund under way while the bank decided may have given back twice.
  return Math.max(0, capturedMinor - refundedMinor - chargedBackMinor);
}

/** What is kept of all the charges together. */
export function keptOfAll(charges: Charges): number {
  return charges.reduce((sum, charge) => sum + keptMinor(charge), 0);
}

/** What of these charges was to be kept, and their guests' banks have taken for good. */
export function lostOfAll(charges: Charges): number {
  return charges.reduce((sum, charge) => {
    const isLost = charge.chargedBackMinor > 0 && charge.targetMinor !== null;
    return isLost ? sum + Math.max(0, (charge.targetMinor ?? 0) - keptMinor(charge)) : sum;
  }, 0);
}

/** What a charge is for. */
export function kindOf({ charge, collection }: Pick<Payment, "charge" | "collection">): ChargeView["kind"] {
  if (collection !== null) return "balance";
  return charge === 1 ? "booking" : "difference";
}

/** Is it the booking's balance, and was it taken? What was given back since does not matter. */
export function isCapturedBalance({ collection, intentState }: Payment): boolean {
  return collection !== null && intentState === "captured";
}

/** Machine time as it is stored. */
export function instantAt(epochMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toString();
}

/** A decision with the payment as it is stored; null where it is new. */
export interface Change extends Step {
  readonly before: Payment | null;
}

/** Is money taken of which nobody has been told yet? Booking hears of it once it has decided what is to be kept. */
export function isUntold({ intentState, status }: Payment): boolean {
  return intentState === "captured" && status !== "captured" && status !== "refunded";
}

/** A decision that changes nothing. */
export function unchanged(payment: Payment): Step {
  return { payment, announced: [], refunds: [], begins: false };
}

/** Two decisions about one payment, one after the other. */
export function followedBy(first: Step, second: Step): Step {
  return {
    payment: second.payment,
    announced: [...first.announced, ...second.announced],
    refunds: [...first.refunds, ...second.refunds],
    begins: (first.begins || second.begins) && second.payment.call !== null,
  };
}
