/** A guest calls off what is left of a series. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { SeriesView } from "@holdfast/contracts/api/booking-series";
import type { Id } from "@holdfast/contracts/ids";
import type { BookingTables } from "../database.ts";
import { driveSagas, type SagaDeps } from "../saga/drive-sagas.ts";
import { ownSeries, seriesOf } from "./read-series.ts";

/**
 * Cancels every booking of the series that can still be cancelled; what has begun or is over stays as it is.
 * @throws seriesNotFound
 */
export async function cancelSeries(
  deps: SagaDeps,
  unit: UnitOfWork<BookingTables>,
  asked: { readonly seriesId: Id<"ser">; readonly customerId: string; readonly traceparent: string },
): Promise<SeriesView> {
  const { seriesId, customerId, traceparent } = asked;
  const now = deps.clock.now();
  const rows = await ownSeries(unit.tx, seriesId, customerId);
  const ahead = rows.filter((row) => Date.parse(row.starts_at) > now.epochMilliseconds);
  const message = { kind: "cancel", by: customerId } as const;
  const deliveries = ahead.map((row) => ({ bookingId: row.booking_id, message, traceparent }));
  const after = await driveSagas(deps, unit, deliveries);
  return seriesOf(
    seriesId,
    rows.map((row) => after.get(row.booking_id) ?? row),
    now,
  );
}
