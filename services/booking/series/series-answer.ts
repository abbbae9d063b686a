/** What a guest is told about a series: each occurrence with its booking, or with why there is none. */
import type { Problem } from "@holdfast/chassis/problem";
import type { OccurrenceProblem, SeriesView } from "@holdfast/contracts/api/booking-series";
import type { Id } from "@holdfast/contracts/ids";
import type { AskedBooking } from "../bookings/asked-booking.ts";
import { bookingView } from "../bookings/booking-view.ts";
import type { NewBooking } from "../bookings/new-booking.ts";
import { seriesConflict as conflict } from "../problems.ts";

/** That a request is for a series: its id, and whether it may have gaps. */
export interface SeriesAsked {
  readonly seriesId: Id<"ser">;
  readonly onConflict: "refuse" | "skip";
}

/** An occurrence that cannot be booked. */
export interface RefusedOccurrence {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly problem: OccurrenceProblem;
}

/** Why this occurrence cannot be booked. */
export function refusedOccurrence(asked: AskedBooking, problem: Problem): RefusedOccurrence {
  return { ...timesOf(asked), problem: problemView(problem) };
}

/** The refusal of the whole series, naming every occurrence that cannot be booked. */
export function seriesConflict(refused: readonly RefusedOccurrence[], of: number): Problem {
  const occurrences = refused.map(({ startsAt, endsAt, problem }) => ({
    startsAt,
    endsAt,
    problem: { ...problem },
  }));
  return conflict(`${refused.length} of ${of} occurrences cannot be booked.`, { extra: { occurrences } });
}

/** The series as it was taken. */
export function seriesTaken(
  { seriesId }: SeriesAsked,
  askings: readonly AskedBooking[],
  outcomes: readonly (NewBooking | Problem)[],
  now: Temporal.Instant,
): SeriesView {
  const occurrences = outcomes.map((outcome, index) => ({
    ...timesOf(askings[index]!),
    ...("row" in outcome
      ? { booking: bookingView(outcome.row, now), problem: null }
      : { booking: null, problem: problemView(outcome) }),
  }));
  return { seriesId, occurrences };
}

function timesOf({ parts: [main] }: AskedBooking): { startsAt: string; endsAt: string } {
  return {
    startsAt: Temporal.Instant.fromEpochMilliseconds(main.startsAt).toString(),
    endsAt: Temporal.Instant.fromEpochMilliseconds(main.endsAt).toString(),
  };
}

function problemView({ code, status, title, detail, errors }: Problem): OccurrenceProblem {
  return {
    code,
    status,
    title,
    ...(detail === undefined ? undefined : { detail }),
    ...(errors === undefined ? undefined : { errors: errors.map((one) => ({ ...one })) }),
  };
}
