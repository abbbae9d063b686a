/** Every refusal of the booking service; each is explained in docs/problems.md. */
import { defineProblem } from "@holdfast/chassis/problem";

export const resourceNotBookable = defineProblem(
  "booking/resource-not-bookable",
  404,
  "There is no resource with this id that takes bookings.",
);
export const timeNotBookable = defineProblem(
  "booking/time-not-bookable",
  422,
  "The resource's rules do not allow a booking at this time.",
);
export const slotTaken = defineProblem("booking/slot-taken", 409, "Somebody else holds this time.");
export const windowTooLong = defineProblem(
  "booking/window-too-long",
  400,
  "That is too long a window to list.",
);
export const quoteNotUsable = defineProblem(
  "booking/quote-not-usable",
  409,
  "The quote has expired, or is for something else.",
);
export const bookingNotFound = defineProblem("booking/not-found", 404, "You have no booking with this id.");
export const notCancellable = defineProblem(
  "booking/not-cancellable",
  409,
  "The booking cannot be cancelled as it stands.",
);
