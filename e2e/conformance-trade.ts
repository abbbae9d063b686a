/**
 * A trade as data: what its vendor offers, and what must come of it, worked out by hand. Times are wall clocks of its zone,
 * amounts minor units of its currency. The conformance suite knows trades by this alone.
 */
import type { createPromotion } from "@holdfast/contracts/api/promotions";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import type { CallInput } from "@holdfast/testkit/platform/api-client";

/** From when to when, on the wall clock of the trade's zone. */
export interface WallTime {
  readonly startsAt: string;
  readonly endsAt: string;
}

export interface Trade {
  readonly name: string;
  /** The first is what guests book; the others are taken along with each booking. */
  readonly resources: readonly [ResourceRulesInput, ...ResourceRulesInput[]];
  /** The wall-clock time at which its story begins, and at which everything is booked. */
  readonly begins: string;
  /** Words and attributes that find what guests book. */
  readonly words: string;
  readonly attributes: readonly string[];
  /** How long the listed times are. */
  readonly length: { readonly nights: number } | { readonly minutes: number };
  /** By date, all starts of the times that can be booked. */
  readonly listed: Readonly<Record<string, readonly string[]>>;
  /** Times that its rules do not allow, with the rule that says so first. */
  readonly forbidden: readonly (WallTime & { readonly code: string })[];
  readonly promotion: NonNullable<CallInput<typeof createPromotion>["body"]>;
  /** A booking with all there is to a price: what each line comes to, and all of them. */
  readonly booked: WallTime & {
    readonly quantity: number;
    readonly people: number;
    readonly extras: { readonly code: string; readonly quantity: number }[];
    /** Units of it that others have taken then. */
    readonly beside: number;
    readonly lines: readonly number[];
    readonly total: number;
  };
  /** Where that booking is moved to, and what it costs there. */
  readonly moved: WallTime & { readonly total: number };
  /** A time at which everything is taken, and waited for. */
  readonly full: WallTime;
  /** The first of three weeks. */
  readonly weekly: readonly [WallTime, WallTime, WallTime];
  /** A booking of one that is cancelled at that time. */
  readonly cancelled: WallTime & { readonly at: string; readonly total: number; readonly refund: number };
  /** One whose guest comes, and one whose guest does not. */
  readonly attended: WallTime & { readonly total: number };
  readonly missed: WallTime & { readonly total: number; readonly refund: number };
}
