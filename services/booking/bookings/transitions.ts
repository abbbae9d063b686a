/**
 * A booking's life as a table: who may lead it from where to where. What is not in the table does not happen.
 * Beside it, the hours within which some of it is possible.
 */
import type { BookingStatus } from "@holdfast/contracts/api/booking";
import type { BookingTransition } from "@holdfast/contracts/api/booking-life";
import type { BookingRow } from "../database.ts";

/** Who leads a booking on. */
export type Actor = BookingTransition["by"][number];

/** Every transition there is; an action may lead to more than one status. */
export const transitions = [
  { action: "confirm", by: ["payment"], from: ["held"], to: "confirmed" },
  { action: "confirm", by: ["payment"], from: ["held"], to: "awaiting-approval" },
  { action: "decline", by: ["payment"], from: ["held", "awaiting-approval"], to: "declined" },
  { action: "expire", by: ["clock"], from: ["held"], to: "expired" },
  { action: "retake", by: ["payment"], from: ["expired"], to: "confirmed" },
  { action: "retake", by: ["payment"], from: ["expired"], to: "awaiting-approval" },
  { action: "approve", by: ["vendor", "admin"], from: ["awaiting-approval"], to: "confirmed" },
  { action: "refuse", by: ["vendor", "admin"], from: ["awaiting-approval"], to: "declined" },
  { action: "lapse", by: ["clock"], from: ["awaiting-approval"], to: "declined" },
  { action: "cancel", by: ["guest"], from: ["held", "awaiting-approval", "confirmed"], to: "cancelled" },
  {
    action: "call-off",
    by: ["vendor", "admin"],
    from: ["held", "awaiting-approval", "confirmed"],
    to: "cancelled",
  },
  { action: "call-off", by: ["payment"], from: ["confirmed"], to: "cancelled" },
  { action: "lose-balance", by: ["payment"], from: ["confirmed"], to: "cancelled" },
  { action: "reschedule", by: ["guest"], from: ["confirmed"], to: "confirmed" },
  { action: "check-in", by: ["vendor", "admin"], from: ["confirmed"], to: "checked-in" },
  { action: "complete", by: ["vendor", "admin"], from: ["checked-in"], to: "completed" },
  { action: "complete", by: ["clock"], from: ["confirmed", "checked-in"], to: "completed" },
  { action: "no-show", by: ["vendor", "admin"], from: ["confirmed"], to: "no-show" },
] as const satisfies readonly BookingTransition[];

/** What is done to a booking. */
export type TransitionAction = (typeof transitions)[number]["action"];

const table: readonly BookingTransition[] = transitions;

/** Is that action one that the table speaks of? Others lead to no other status. */
export function isTransition(action: string): action is TransitionAction {
  return table.some((row) => row.action === action);
}

/** What that actor may do with a booking of that status, each action once. */
export function allowedFrom(status: BookingStatus, actor: Actor): string[] {
  const rows = table.filter((row) => row.from.includes(status) && row.by.includes(actor));
  return [...new Set(rows.map((row) => row.action))];
}

const hourMs = 3_600_000;
const minuteMs = 60_000;
/** A guest may come so long before the start. */
const checkInOpensHours = 24;

/**
 * Why that actor may not do that with the booking now, as a public sentence; undefined where they may.
 */
export function whyNot(
  booking: BookingRow,
  action: TransitionAction,
  actor: Actor,
  now: Temporal.Instant,
): string | undefined {
  const allowed = allowedFrom(booking.status, actor);
  if (!allowed.includes(action)) {
    return `It is ${booking.status}; from there a ${actor} may ${allowed.join(", ") || "do nothing"}.`;
  }
  return actor === "payment" || actor === "clock"
    ? undefined
    : whyNotNow(booking, action, now.epochMilliseconds);
}

/** When the first of all that it takes begins. */
export function beginOf({ starts_at, also }: Pick<BookingRow, "starts_at" | "also">): string {
  const starts = [starts_at, ...also.map((part) => part.startsAt)];
  return starts.reduce((one, other) => (Date.parse(other) < Date.parse(one) ? other : one));
}

/** The hours of what people do; machines come when they come. */
function whyNotNow(booking: BookingRow, action: TransitionAction, nowMs: number): string | undefined {
  const startsAtMs = Date.parse(booking.starts_at);
  const endsAtMs = Date.parse(booking.ends_at);
  const isConfirmed = booking.status === "confirmed";
  switch (action) {
    case "cancel":
    case "reschedule":
      return isConfirmed && nowMs >= Date.parse(beginOf(booking))
        ? `It began at ${beginOf(booking)}.`
        : undefined;
    case "call-off":
      return isConfirmed && nowMs >= endsAtMs ? `It ended at ${booking.ends_at}.` : undefined;
    case "check-in":
      if (nowMs < startsAtMs - checkInOpensHours * hourMs)
        return `Guests are checked in from ${checkInOpensHours} hours before the start, ${booking.starts_at}.`;
      return nowMs >= endsAtMs ? `It ended at ${booking.ends_at}.` : undefined;
    case "no-show": {
      const { afterMinutes } = booking.policies.noShow;
      const isEarly = nowMs < startsAtMs + afterMinutes * minuteMs;
      return isEarly
        ? `A guest has not come ${afterMinutes} minutes after the start, ${booking.starts_at}, at the earliest.`
        : undefined;
    }
    default:
      return undefined;
  }
}
