/** Table types of the booking schema. Instants are RFC 3339 strings in UTC. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { BookingStatus, PriceLine } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import type { CancellationRule, ResourceSnapshot } from "@holdfast/contracts/resource-snapshot";
import type { Generated } from "kysely";
import type { Step } from "./saga/saga-table.ts";

export interface BookingTables extends ChassisTables {
  resources: {
    resource_id: Id<"res">;
    /** Null, as `snapshot`, where its retirement arrived first. */
    vendor_id: Id<"vnd"> | null;
    version: number;
    bookable: boolean;
    snapshot: ResourceSnapshot | null;
  };
  calendars: { calendar_id: Generated<number>; resource_id: Id<"res">; version: Generated<number> };
  bookings: BookingRow;
  allocations: { booking_id: Id<"bkg">; unit: number; calendar_id: number; during: string };
  timeline: TimelineRow;
  quotes: QuoteRow;
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
  lines: readonly PriceLine[];
  total_minor: number;
  currency: string;
  cancellation: CancellationRule;
  payment_method: string | null;
  hold_expires_at: string;
  keep_minor: number;
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
  expires_at: string;
}
