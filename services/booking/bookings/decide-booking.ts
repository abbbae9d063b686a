/** Deciding on requests for bookings, pure: one booking, or a series whose occurrences see each other. */
import { Problem } from "@holdfast/chassis/problem";
import type { Id } from "@holdfast/contracts/ids";
import type { QuoteRow } from "../database.ts";
import { quoteNotUsable } from "../problems.ts";
import { askedOf } from "../quotes/quoted-balance.ts";
import { refusedOccurrence, seriesConflict, type SeriesAsked } from "../series/series-answer.ts";
import { isSameAsked, type AskedBooking } from "./asked-booking.ts";
import { noteTaken, requireBookable, termsOf, type FindRoomOptions, type Room } from "./find-room.ts";
import { newBookingRow, type NewBooking } from "./new-booking.ts";
import { mapNonEmpty, type NonEmpty } from "./non-empty.ts";
import { requireMethod, requireSavable } from "./paid-by.ts";
import { keepTried, tryIn, type Surroundings } from "./surroundings.ts";

/** What a guest asks for: one booking, or the occurrences of a series. */
export interface TakeRequest {
  readonly askings: NonEmpty<AskedBooking>;
  /** Null for a single booking. */
  readonly series: SeriesAsked | null;
  readonly quoteId?: Id<"qte"> | undefined;
  readonly paymentMethod?: string | undefined;
  readonly savePaymentMethod?: boolean | undefined;
  readonly customerId: Id<"usr">;
  readonly traceparent: string;
}

/** What became of one asking. */
export type Placed = Room | Problem;

/** Finds the room for one asking: by units as they lie, or by count. */
export type FindRoom = (
  asked: AskedBooking,
  around: Surroundings,
  options: FindRoomOptions,
) => Room | "fragmented";

/**
 * Places every asking of the request and notes in `around` what that takes. `fragmented`, and nothing noted, where units
 * have to be dealt anew first.
 * @throws what `findRoom` does, and paymentMethodNotAllowed; for a series resourceNotBookable, and seriesConflict where it is not to be taken with
 * gaps, or no occurrence can be booked
 */
export function placeRequest(
  request: TakeRequest,
  around: Surroundings,
  quotes: ReadonlyMap<string, QuoteRow>,
  find: FindRoom,
): Placed[] | "fragmented" {
  const { series, customerId } = request;
  if (series) return placeSeries(request, series, around, find);
  const [asked] = request.askings;
  const quote = request.quoteId === undefined ? undefined : quotes.get(request.quoteId);
  if (request.quoteId !== undefined) requireUsable(quote, asked, customerId, around.now);
  const room = find(asked, around, { customerId, quote });
  if (room === "fragmented") return room;
  requireMethod(request.paymentMethod, (quote ?? termsOf(room)).policies);
  requireSavable(request);
  noteTaken(room, around, customerId);
  return [room];
}

function placeSeries(
  { askings, customerId, paymentMethod }: TakeRequest,
  series: SeriesAsked,
  around: Surroundings,
  find: FindRoom,
): Placed[] | "fragmented" {
  // Not a matter of any occurrence's time, so not one problem an occurrence.
  const parts = mapNonEmpty(askings[0].parts, (_, index) => requireBookable(askings[0], index, around));
  requireMethod(paymentMethod, termsOf({ parts }).policies);
  const tried = tryIn(around);
  const placed: Placed[] = [];
  for (const asked of askings) {
    const outcome = settle(() => find(asked, tried, { customerId }));
    if (outcome === "fragmented") return outcome;
    if (!(outcome instanceof Problem)) noteTaken(outcome, tried, customerId);
    placed.push(outcome);
  }
  const refused = placed.flatMap((one, index) =>
    one instanceof Problem ? [refusedOccurrence(askings[index]!, one)] : [],
  );
  const isRefused = series.onConflict === "refuse" ? refused.length > 0 : refused.length === askings.length;
  if (isRefused) throw seriesConflict(refused, askings.length);
  keepTried(around, tried);
  return placed;
}

function settle(find: () => Room | "fragmented"): Placed | "fragmented" {
  try {
    return find();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

/** The held bookings of what was placed with units, and what was refused, in the order of the askings. */
export function bookingsOf(
  request: TakeRequest,
  placed: readonly Placed[],
  quotes: ReadonlyMap<string, QuoteRow>,
  now: Temporal.Instant,
): (NewBooking | Problem)[] {
  const { customerId, paymentMethod, savePaymentMethod, traceparent, series, quoteId } = request;
  const quote = quoteId === undefined ? undefined : quotes.get(quoteId);
  const seriesId = series?.seriesId ?? null;
  return placed.map((one, index) =>
    one instanceof Problem
      ? one
      : newBookingRow(one, {
          customerId,
          asked: request.askings[index]!,
          now,
          paymentMethod,
          savePaymentMethod,
          quote,
          seriesId,
          traceparent,
        }),
  );
}

/** Does the quote stand, for this guest and exactly this? @throws quoteNotUsable, saying what is wrong with it */
function requireUsable(
  quote: QuoteRow | undefined,
  asked: AskedBooking,
  customerId: string,
  now: Temporal.Instant,
): void {
  if (!quote || quote.customer_id !== customerId) throw quoteNotUsable("You have no quote with this id.");
  if (Temporal.Instant.compare(Temporal.Instant.from(quote.expires_at), now) <= 0) {
    throw quoteNotUsable(`The quote expired at ${quote.expires_at}.`);
  }
  if (!isSameAsked(askedOf(quote), asked)) {
    throw quoteNotUsable("The quote is for another resource, time or quantity, or with other extras.");
  }
}
