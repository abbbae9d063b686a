/** What a vendor's people do with a booking: approve or decline it, call it off, record that the guest came or did not. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { VendorPermission } from "@holdfast/contracts/access";
import type { BookingView } from "@holdfast/contracts/api/booking";
import type { Id } from "@holdfast/contracts/ids";
import assert from "node:assert";
import type { BookingRow, BookingTables } from "../database.ts";
import { bookingNotFound } from "../problems.ts";
import type { SagaMessage } from "../saga/changes.ts";
import { driveSagas, type SagaDeps } from "../saga/drive-sagas.ts";
import { mayActFor } from "../vendors/may-act-for.ts";
import { bookingView } from "./booking-view.ts";
import { lockBooking } from "./read-bookings.ts";
import { refuseTransition } from "./refuse-transition.ts";
import { whyNot, type TransitionAction } from "./transitions.ts";

/** Each act by the message it brings to the saga: what the table of transitions calls it, and its reason's code. */
const acts = {
  approve: { action: "approve" },
  "vendor-decline": { action: "refuse" },
  "call-off": { action: "call-off", reason: "booking/called-off" },
  "check-in": { action: "check-in", dropsChange: true },
  complete: { action: "complete" },
  "no-show": { action: "no-show", dropsChange: true },
} as const satisfies Partial<
  Record<
    SagaMessage["kind"],
    { readonly action: TransitionAction; readonly reason?: string; readonly dropsChange?: boolean }
  >
>;
export type VendorAct = keyof typeof acts;

/** Who acts, on which booking, and what they say about it. */
export interface VendorActAsked {
  readonly act: VendorAct;
  readonly bookingId: Id<"bkg">;
  readonly caller: Caller;
  /** What the caller's role with the vendor must allow. */
  readonly permission: VendorPermission;
  readonly said?: string;
  readonly traceparent: string;
}

/**
 * Does it, as one of the vendor's people whose role allows it, or as an administrator. A guest who comes, or does not, while a
 * move waits for its payment, comes to what they had: the move is dropped.
 * @throws bookingNotFound for anybody else, transitionNotAllowed as the booking stands or while it is not the time
 */
export async function actForVendor(
  deps: SagaDeps,
  unit: UnitOfWork<BookingTables>,
  asked: VendorActAsked,
): Promise<BookingView> {
  const { act, bookingId, caller, said, traceparent } = asked;
  const booking = await lockBooking(unit.tx, bookingId);
  const onBehalf = { vendorId: booking.vendor_id, permission: asked.permission };
  if (!(await mayActFor(unit.tx, caller, onBehalf))) throw bookingNotFound();
  const {
    action,
    reason,
    dropsChange,
  }: (typeof acts)[VendorAct] & { reason?: string; dropsChange?: boolean } = acts[act];
  requireAllowed(booking, action, deps.clock);
  const message: SagaMessage = {
    kind: act,
    by: caller.userId,
    ...(reason !== undefined && { reason }),
    ...(said !== undefined && { said }),
  };
  const deliveries = [{ bookingId, message, traceparent }];
  if (dropsChange && booking.change) {
    deliveries.unshift({ bookingId, message: { kind: "drop-change", by: caller.userId }, traceparent });
  }
  const after = (await driveSagas(deps, unit, deliveries)).get(bookingId);
  assert(after && after.version > booking.version, "what is allowed is done");
  return bookingView(after, deps.clock.now());
}

function requireAllowed(booking: BookingRow, action: TransitionAction, clock: Clock): void {
  const refusal = whyNot(booking, action, "vendor", clock.now());
  if (refusal !== undefined) throw refuseTransition(booking, "vendor", refusal);
}
