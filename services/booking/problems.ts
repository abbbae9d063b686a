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
export const tooManyPeople = defineProblem(
  "booking/too-many-people",
  422,
  "More people than the units take.",
);
export const extraUnknown = defineProblem(
  "booking/extra-unknown",
  422,
  "The resource has no such extra, or not so many of it.",
);
export const partsDoNotFit = defineProblem(
  "booking/parts-do-not-fit",
  422,
  "Resources booked together must be of one vendor and charged in one currency.",
);
export const promotionNotUsable = defineProblem(
  "booking/promotion-not-usable",
  409,
  "The promotion code cannot be used for this.",
);
export const rruleNotUsable = defineProblem(
  "booking/rrule-not-usable",
  422,
  "No series can be made of this recurrence rule.",
);
export const seriesConflict = defineProblem(
  "booking/series-conflict",
  409,
  "Occurrences of the series cannot be booked.",
);
export const seriesNotFound = defineProblem(
  "booking/series-not-found",
  404,
  "You have no series of bookings with this id.",
);
export const slotTaken = defineProblem("booking/slot-taken", 409, "Somebody else holds this time.");
export const tooManyHolds = defineProblem(
  "booking/too-many-holds",
  429,
  "You hold as many unpaid bookings as one guest can.",
);
export const windowTooLong = defineProblem(
  "booking/window-too-long",
  400,
  "That is too long a window to list.",
);
export const paymentMethodNotAllowed = defineProblem(
  "booking/payment-method-not-allowed",
  422,
  "The booking cannot be paid for like this.",
);
export const quoteNotUsable = defineProblem(
  "booking/quote-not-usable",
  409,
  "The quote has expired, or is for something else.",
);
export const quoteNotFound = defineProblem("booking/quote-not-found", 404, "You have no quote with this id.");
export const bookingNotFound = defineProblem("booking/not-found", 404, "You have no booking with this id.");
export const notCancellable = defineProblem(
  "booking/not-cancellable",
  409,
  "The booking cannot be cancelled as it stands.",
);
export const refundChanged = defineProblem(
  "booking/refund-changed",
  409,
  "Cancelling gives back another amount now.",
);
export const transitionNotAllowed = defineProblem(
  "booking/transition-not-allowed",
  409,
  "That cannot be done with the booking as it stands.",
);
export const vendorNotFound = defineProblem(
  "booking/vendor-not-found",
  404,
  "There is no vendor with this id that you act for.",
);
export const resourceNotFound = defineProblem(
  "booking/resource-not-found",
  404,
  "There is no resource with this id that you manage.",
);
export const blockConflicts = defineProblem(
  "booking/block-conflicts",
  409,
  "Bookings or other blocks lie in that time; nothing is moved for a block.",
);
export const blockNotFound = defineProblem(
  "booking/block-not-found",
  404,
  "The resource has no block with this id.",
);
export const blockOfFeed = defineProblem(
  "booking/block-of-feed",
  409,
  "The block is a busy time of a feed, and ends when that does.",
);
export const feedNotFound = defineProblem(
  "booking/feed-not-found",
  404,
  "The resource has no feed with this id.",
);
export const feedAddressNotAllowed = defineProblem(
  "booking/feed-address-not-allowed",
  422,
  "Feeds are read over https, from public addresses.",
);
export const tooManyFeeds = defineProblem(
  "booking/too-many-feeds",
  409,
  "The resource follows as many feeds as it can.",
);
export const calendarNotFound = defineProblem(
  "booking/calendar-not-found",
  404,
  "There is no calendar at this address.",
);
export const exportTooLarge = defineProblem(
  "booking/export-too-large",
  422,
  "That is more than one file can hold.",
);
export const slotFree = defineProblem("booking/slot-free", 409, "That time is free: book it.");
export const noWaitlist = defineProblem("booking/no-waitlist", 409, "The resource keeps no waiting list.");
export const waitlistFull = defineProblem(
  "booking/waitlist-full",
  409,
  "You wait for as many times as one guest can.",
);
export const waitlistEntryNotFound = defineProblem(
  "booking/waitlist-entry-not-found",
  404,
  "You have no place with this id in a waiting list.",
);
export const tooManyStreams = defineProblem(
  "booking/too-many-streams",
  429,
  "Too many streams are open already.",
);
