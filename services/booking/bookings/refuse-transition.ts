/** The refusal of what cannot be done with a booking as it stands. */
import type { Problem } from "@holdfast/chassis/problem";
import type { BookingRow } from "../database.ts";
import { transitionNotAllowed } from "../problems.ts";
import { allowedFrom, type Actor } from "./transitions.ts";

/** Says why, and what that actor may do with a booking of that status. */
export function refuseTransition(booking: BookingRow, actor: Actor, detail: string): Problem {
  const { status } = booking;
  return transitionNotAllowed(detail, {
    extra: { bookingStatus: status, allowed: allowedFrom(status, actor) },
  });
}
