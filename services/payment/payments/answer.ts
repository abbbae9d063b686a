/** What a call to a provider came to, in the core's words. */
import type { Money } from "@holdfast/contracts/values";
import type { IntentState } from "./payment.ts";

/** What a provider says about an intent at one moment. */
export interface IntentFacts {
  readonly intentId: string;
  readonly state: IntentState;
  readonly clientSecret: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  /** Set aside and not yet taken. */
  readonly capturableMinor: number;
  /** Taken, refunds not subtracted. */
  readonly receivedMinor: number;
  /** Given back of what was taken; undefined where the answer does not tell. */
  readonly refundedMinor: number | undefined;
  /** What Stripe kept for itself; undefined where the answer does not tell. */
  readonly fee?: Money | undefined;
  /** Whose it is at the provider; undefined where that is not told. */
  readonly customer?: string | null;
  /** What it was paid by, or was last tried with; undefined where that is not told. */
  readonly methodId?: string | null;
  readonly bookingId: string | null;
  readonly paymentId: string | null;
}

/** A refund that the provider has taken on but not finished. */
export interface RefundFacts {
  readonly refundId: string;
  readonly state: "pending" | "succeeded" | "failed";
}

/** It was done. `intent` is null where a `find` found none. */
export interface Done {
  readonly outcome: "done";
  readonly intent: IntentFacts | null;
  readonly refund?: RefundFacts;
}

/** The provider says no, and will say no again. */
export interface Refused {
  readonly outcome: "refused";
  /** As our events and logs name it: `payment/card-declined`, `payment/refused`. */
  readonly reason: string;
  /** The intent it was about, where the refusal carries it. */
  readonly intent: IntentFacts | null;
}

/**
 * It may have been done or not: the same call is made again under the same key.
 * `kept` says that the provider answered with an error of its own, which it repeats for the key as long as it remembers it.
 */
export interface Failed {
  readonly outcome: "failed";
  readonly reason:
    | "busy"
    | "unreachable"
    | "timeout"
    | "server-error"
    | "credentials"
    | "internal"
    /** It was not made at all, as the provider is known to be away. */
    | "paused";
  readonly kept: boolean;
  /** The provider is away, whichever payment asks: so long it is left alone, in ms, and nobody's failures are counted. */
  readonly waitMs?: number;
}

export type Answer = Done | Refused | Failed;
