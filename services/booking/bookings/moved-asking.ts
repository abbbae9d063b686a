/** What is asked for when a booking is moved: everything it has, at another time. Pure. */
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import type { BookingRow, TakenAlong } from "../database.ts";
import type { AskedBooking, AskedPart } from "./asked-booking.ts";

/** Where a booking is to be moved; what is not said stays as it is. */
export interface MoveTo {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly quantity?: number | undefined;
  readonly people?: number | undefined;
}

/** Rules of the resources that are taken along, by id. */
export type RulesOf = (resourceId: string) => Pick<ResourceRules, "availability" | "zone"> | undefined;

/**
 * The moved booking. What is taken along for the same time goes with it; what has a time of its own begins by as much
 * earlier or later and keeps its length: in elapsed time, or by days on the wall clock where nights are counted.
 */
export function movedAsking(booking: BookingRow, to: MoveTo, rulesOf: RulesOf): AskedBooking {
  const main: AskedPart = {
    resourceId: booking.resource_id,
    startsAt: Date.parse(to.startsAt),
    endsAt: Date.parse(to.endsAt),
    quantity: to.quantity ?? booking.quantity,
  };
  const also = booking.also.map((part) => movedAlong(booking, part, main, rulesOf(part.resourceId)));
  return { parts: [main, ...also], people: to.people ?? booking.people, extras: booking.extras };
}

function movedAlong(
  booking: BookingRow,
  part: TakenAlong,
  main: AskedPart,
  rules: ReturnType<RulesOf>,
): AskedPart {
  const { resourceId, quantity } = part;
  const [startsAt, endsAt] = [Date.parse(part.startsAt), Date.parse(part.endsAt)];
  const before = Date.parse(booking.starts_at);
  if (startsAt === before && endsAt === Date.parse(booking.ends_at)) return { ...main, resourceId, quantity };
  if (rules?.availability.by === "nights") {
    const inZone = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(rules.zone);
    const { days } = inZone(before)
      .toPlainDate()
      .until(inZone(main.startsAt).toPlainDate(), { largestUnit: "days" });
    const shifted = (at: number) => inZone(at).add({ days }).epochMilliseconds;
    return { resourceId, quantity, startsAt: shifted(startsAt), endsAt: shifted(endsAt) };
  }
  const offsetMs = main.startsAt - before;
  return { resourceId, quantity, startsAt: startsAt + offsetMs, endsAt: endsAt + offsetMs };
}
