import { newId } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { describe, expect, test } from "vitest";
import type { OwnedAllocation } from "../calendar/free-units.ts";
import { OpeningRules } from "../calendar/opening-rules.ts";
import type { QuoteRow } from "../database.ts";
import type { AskedBooking, AskedPart } from "./asked-booking.ts";
import { placeRequest, type TakeRequest } from "./decide-booking.ts";
import { findRoom } from "./find-room.ts";
import type { Surroundings } from "./surroundings.ts";

const now = Temporal.Instant.from("2027-03-01T00:00:00Z");
const resourceId = newId("res");
const hour = (n: number) => now.add({ hours: 24 + n }).epochMilliseconds;

/** A desk, with what is taken of it: unit, from, to in hours. */
function around(capacity: number, ...taken: readonly [number, number, number][]): Surroundings {
  const rules: ResourceRules = { ...deskRules, capacity };
  const snapshot = { resourceId, vendorId: newId("vnd"), vendorName: "Floor", version: 1, rules };
  const calendar = {
    calendar_id: 1,
    resource_id: resourceId,
    calendar_version: 1,
    version: 1,
    bookable: true,
  };
  const allocations: OwnedAllocation[] = taken.map(([unit, from, to]) => ({
    unit,
    from: hour(from),
    to: hour(to),
    ownerId: "bkg_other",
  }));
  return {
    now,
    calendars: new Map([[resourceId, calendar]]),
    resources: new Map([[resourceId, { snapshot, opening: new OpeningRules(rules) }]]),
    taken: new Map([[1, allocations]]),
    promotions: new Map(),
  };
}

const asking = (from: number, to: number): AskedBooking => {
  const part: AskedPart = { resourceId, startsAt: hour(from), endsAt: hour(to), quantity: 1 };
  return { parts: [part], people: 1, extras: [] };
};

const request = (askings: TakeRequest["askings"], onConflict?: "refuse" | "skip"): TakeRequest => ({
  askings,
  series: onConflict ? { seriesId: newId("ser"), onConflict } : null,
  customerId: newId("usr"),
  traceparent: "",
});

const none = new Map<string, QuoteRow>();
const place = (of: TakeRequest, known: Surroundings) => placeRequest(of, known, none, findRoom);
const starts = (known: Surroundings) => known.taken.get(1)!.map((one) => (one.from - hour(0)) / 3_600_000);

describe("deciding on requests of one batch", () => {
  test("lets a request see what those before it take, and none of what a refused series would have taken", () => {
    const known = around(1, [1, 2, 3]);
    expect(() => place(request([asking(0, 1), asking(1, 2), asking(2, 3)], "refuse"), known)).toThrow(
      /1 of 3/,
    );
    expect(starts(known)).toEqual([2]);
    expect(place(request([asking(0, 1)]), known)).toHaveLength(1);
    expect(() => place(request([asking(0, 1)]), known)).toThrow(/Somebody else/);
    expect(starts(known)).toEqual([2, 0]);
  });

  test("takes of a series with gaps what it can, and leaves the gaps to others", () => {
    const known = around(1, [1, 2, 3]);
    const placed = place(request([asking(1, 2), asking(2, 3), asking(3, 4)], "skip"), known);
    expect(placed).toMatchObject([
      { parts: [{ units: [1] }] },
      { code: "booking/slot-taken" },
      { parts: [{ units: [1] }] },
    ]);
    expect(starts(known)).toEqual([2, 1, 3]);
  });

  test("takes nothing of what needs units dealt anew, though the rest of a series would fit", () => {
    // Free at every moment from 1 to 3, and no unit throughout.
    const known = around(2, [1, 1, 2], [2, 2, 3]);
    expect(place(request([asking(1, 3)]), known)).toBe("fragmented");
    expect(place(request([asking(5, 6), asking(1, 3)], "skip"), known)).toBe("fragmented");
    expect(starts(known)).toEqual([1, 2]);
  });
});
