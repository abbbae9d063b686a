/** Table types of the booking schema. Instants are RFC 3339 strings in UTC. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { BookingStatus, PriceLine } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { BookingPolicies, CancellationRule } from "@holdfast/contracts/booking-policies";
import type { MemberRole, promotionPublished } from "@holdfast/contracts/events/catalog";
import type { EventData } from "@holdfast/contracts/define-event";
import type { ResourceSnapshot } from "@holdfast/contracts/resource-snapshot";
import type { Generated } from "kysely";
import type { StoredBalance } from "./pricing/deposit.ts";
import type { Step } from "./saga/saga-table.ts";

export interface BookingTables extends ChassisTables {
  resources: {
    resource_id: Id<"res">;
    /** Null, as `snapshot`, where its retirement arrived first. */
    vendor_id: Id<"vnd"> | null;
    version: number;
    bookable: boolean;
    snapshot: ResourceSnapshot | null;
    /** Its vendor takes no new bookings. */
    vendor_suspended: Generated<boolean>;
  };
  calendars: {
    calendar_id: Generated<number>;
    resource_id: Id<"res">;
    version: Generated<number>;
    /** From then on, by the machine's time, it takes no bookings: a feed was not read in time. */
    stale_at: Generated<string | null>;
  };
  blocks: BlockRow;
  feeds: FeedRow;
  calendar_links: {
    calendar_id: number;
    token_hash: string;
    with_feeds: boolean;
    created_by: string;
    created_at: string;
  };
  bookings: BookingRow;
  allocations: AllocationRow;
  timeline: TimelineRow;
  quotes: QuoteRow;
  vendors: { vendor_id: Id<"vnd">; version: number; takes_bookings: boolean };
  /** `role` is null for somebody who was removed. */
  vendor_members: { vendor_id: Id<"vnd">; user_id: Id<"usr">; role: MemberRole | null; version: number };
  promotions: PromotionRow;
  waitlist: WaitlistTable;
  promotion_uses: { booking_id: Id<"bkg">; promotion_id: Id<"prm">; customer_id: Id<"usr"> };
}

/** One unit of one calendar, taken for a stretch of time by a booking or by a block. */
export interface AllocationRow {
  booking_id: Id<"bkg"> | null;
  block_id: Generated<Id<"blk"> | null>;
  unit: number;
  calendar_id: number;
  /** A tstzrange literal, buffers included. */
  during: string;
}

/** Time that its vendor, or a feed, takes from a calendar. */
export interface BlockRow {
  block_id: Id<"blk">;
  calendar_id: number;
  /** Null for one that a person set. */
  feed_id: Id<"fed"> | null;
  starts_at: string;
  ends_at: string;
  /** Null: all units, also those that the resource is given later. */
  quantity: number | null;
  reason: string;
  created_by: string | null;
  created_at: string;
}

/** A calendar kept elsewhere. All its instants are the machine's time. */
export interface FeedRow {
  feed_id: Id<"fed">;
  calendar_id: number;
  url: string;
  stale_after_minutes: number;
  when_stale: "keep" | "close";
  version: Generated<number>;
  due_at: string;
  failures: Generated<number>;
  synced_at: Generated<string | null>;
  last_error: Generated<string | null>;
  skipped: Generated<number>;
  /** Busy times for which no unit was free. */
  conflicts: Generated<readonly { readonly from: number; readonly to: number }[]>;
  etag: Generated<string | null>;
  last_modified: Generated<string | null>;
  read_at: Generated<string | null>;
  read_resource_version: Generated<number | null>;
  /** Who named it; null for those from before this was kept. */
  created_by: string | null;
  created_at: string;
}

/** A code's terms as catalog published them, with how often it was used; no terms where its end arrived first. */
export interface PromotionRow {
  promotion_id: Id<"prm">;
  vendor_id: Id<"vnd">;
  version: number;
  code: string | null;
  terms: EventData<typeof promotionPublished> | null;
  ended: boolean;
  uses: Generated<number>;
}

/** A place in the line for a time that is taken; `booking_id` is what was offered. */
export interface WaitlistTable {
  entry_id: Id<"wtl">;
  calendar_id: number;
  resource_id: Id<"res">;
  customer_id: Id<"usr">;
  starts_at: string;
  ends_at: string;
  quantity: number;
  people: number;
  state: "waiting" | "offered" | "left" | "lapsed";
  booking_id: Id<"bkg"> | null;
  created_at: string;
}

/** A further resource taken with a booking. */
export interface TakenAlong {
  readonly resourceId: Id<"res">;
  readonly calendarId: number;
  readonly resourceTitle: string;
  readonly startsAt: string;
  readonly endsAt: string;
  /** A tstzrange literal, buffers included. */
  readonly during: string;
  readonly quantity: number;
}

/** An extra a booking has, by the code its first resource knows it by. */
export interface TakenExtra {
  readonly code: string;
  readonly quantity: number;
}

/** A move that waits for its difference to be paid: what the booking will be. */
export interface PendingMove {
  /** Number of the charge for the difference. */
  readonly charge: number;
  readonly startsAt: string;
  readonly endsAt: string;
  /** A tstzrange literal, buffers included. */
  readonly during: string;
  readonly quantity: number;
  readonly people: number;
  readonly also: readonly TakenAlong[];
  readonly lines: readonly PriceLine[];
  readonly totalMinor: number;
  readonly dueMinor: number;
  readonly expiresAt: string;
  /** Has payment taken what the booking costs as it stands? */
  readonly isSettled: boolean;
}

/** What a booking cost when one of its charges was asked for. */
export interface ChargedPrice {
  readonly charge: number;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly quantity: number;
  readonly totalMinor: number;
  readonly lines: readonly PriceLine[];
}

/** A booking with its saga: one row, so a step of the saga is one update. */
export interface BookingRow {
  booking_id: Id<"bkg">;
  calendar_id: number;
  resource_id: Id<"res">;
  customer_id: Id<"usr">;
  vendor_id: Id<"vnd">;
  resource_title: string;
  vendor_name: string;
  zone: string;
  status: BookingStatus;
  reason: string | null;
  starts_at: string;
  ends_at: string;
  /** A tstzrange literal: what the booking takes from the calendar, buffers included. */
  during: string;
  quantity: number;
  people: number;
  also: readonly TakenAlong[];
  extras: readonly TakenExtra[];
  lines: readonly PriceLine[];
  total_minor: number;
  currency: string;
  cancellation: CancellationRule;
  policies: BookingPolicies;
  series_id: Id<"ser"> | null;
  promotion_id: Id<"prm"> | null;
  change: PendingMove | null;
  charges: number;
  /** Of each charge, once the booking has moved; none before. */
  charged_prices: readonly ChargedPrice[];
  /** What is still to be paid of the total; null where that is nothing, as of all that was taken before there was one. */
  balance: StoredBalance | null;
  /** When the guest is reminded of the balance. */
  balance_reminds_at: string | null;
  payment_method: string | null;
  hold_expires_at: string;
  keep_minor: number;
  /** What payment has given back on top: so much less than `keep_minor` is kept, as far as it reaches. */
  goodwill_minor: number;
  saga_step: Step;
  step_deadline_at: string | null;
  parked_at: string | null;
  parked_reason: string | null;
  version: number;
  created_at: string;
  traceparent: string | null;
}

export interface TimelineRow {
  booking_id: Id<"bkg">;
  version: number;
  at: string;
  what: string;
  by: string;
  detail: Readonly<Record<string, unknown>>;
}

export interface QuoteRow {
  quote_id: Id<"qte">;
  customer_id: Id<"usr">;
  resource_id: Id<"res">;
  starts_at: string;
  ends_at: string;
  quantity: number;
  lines: readonly PriceLine[];
  total_minor: number;
  currency: string;
  cancellation: CancellationRule;
  policies: BookingPolicies;
  /** Everything that was asked for, as the request said it. */
  asked: Readonly<Record<string, unknown>>;
  /** Everything the price was made of: the same lines come from it again. */
  basis: Readonly<Record<string, unknown>>;
  promotion_id: Id<"prm"> | null;
  expires_at: string;
}
