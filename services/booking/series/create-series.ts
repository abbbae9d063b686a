/** Taking a series: one request in the batch of bookings, with an asking for each occurrence. */
import { answer, callerOf, type Answer, type Call } from "@holdfast/chassis/endpoint";
import type { Batcher } from "@holdfast/chassis/batcher";
import { unlessAnswered } from "@holdfast/chassis/idempotency";
import { keyUseOf } from "@holdfast/chassis/key-use";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { createBookingSeries, SeriesView } from "@holdfast/contracts/api/booking-series";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import assert from "node:assert";
import { askedBooking, type AskedBooking } from "../bookings/asked-booking.ts";
import type { TakeBooking, Taken } from "../bookings/take-bookings.ts";
import { readCalendars } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { seriesAskings, type Openings } from "./series-askings.ts";

export interface CreateSeriesDeps {
  readonly db: Kysely<BookingTables>;
  readonly transact: Transact<BookingTables>;
  readonly resources: ResourceCache;
  readonly takings: Batcher<TakeBooking, Taken>;
}

/**
 * Takes a series: all of its occurrences, or those that can be booked. A repeated key is given the first answer again,
 * also where the times could not be made today.
 * @throws rruleNotUsable, seriesConflict, resourceNotBookable, and the refusals of a used key
 */
export async function createSeries(
  deps: CreateSeriesDeps,
  call: Call<typeof createBookingSeries>,
): Promise<Answer<SeriesView>> {
  const { body: series, headers } = await unlessAnswered(deps, call, () => takeSeries(deps, call));
  assert(series !== undefined, "a series is answered whole");
  return answer(series, { headers: { location: `/v1/booking-series/${series.seriesId}`, ...headers } });
}

async function takeSeries(
  deps: CreateSeriesDeps,
  call: Call<typeof createBookingSeries>,
): Promise<Answer<SeriesView>> {
  const keyUse = keyUseOf(call);
  assert(keyUse, "the endpoint requires an Idempotency-Key");
  const { body } = call;
  const asked = askedBooking(body);
  const taken = await deps.takings.add({
    askings: seriesAskings(asked, body, await openingsOf(deps, asked)),
    series: { seriesId: newId("ser"), onConflict: body.onConflict },
    paymentMethod: body.paymentMethod,
    customerId: callerOf(call).userId as Id<"usr">,
    traceparent: call.traceparent,
    keyUse,
  });
  const series = taken.answer as unknown as SeriesView;
  return answer(series, taken.kind === "replayed" ? { headers: { "idempotency-replayed": "true" } } : {});
}

/** The rules that say how a series' times move; those it is decided by are read again behind the calendars' locks. */
async function openingsOf({ db, resources }: CreateSeriesDeps, asked: AskedBooking): Promise<Openings> {
  const ids = new Set<string>(asked.parts.map((part) => part.resourceId));
  const known = await resources.load(db, await readCalendars(db, [...ids]));
  return new Map([...known].map(([resourceId, { opening }]) => [resourceId, opening]));
}
