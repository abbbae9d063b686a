import fc from "fast-check";
import { expect, test } from "vitest";
import { boxesAround, type Box, type Place } from "./near.ts";

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** The place so many kilometres from another, in a direction. */
function travelled(from: Place, km: number, bearing: number): Place {
  const angle = km / 6371.0088;
  const latitude = Math.asin(
    Math.sin(radians(from.latitude)) * Math.cos(angle) +
      Math.cos(radians(from.latitude)) * Math.sin(angle) * Math.cos(bearing),
  );
  const turned = Math.atan2(
    Math.sin(bearing) * Math.sin(angle) * Math.cos(radians(from.latitude)),
    Math.cos(angle) - Math.sin(radians(from.latitude)) * Math.sin(latitude),
  );
  const longitude = from.longitude + (turned * 180) / Math.PI;
  return { latitude: (latitude * 180) / Math.PI, longitude: ((longitude + 540) % 360) - 180 };
}

const inside = (box: Box, { latitude, longitude }: Place) =>
  box.south <= latitude && latitude <= box.north && box.west <= longitude && longitude <= box.east;

test("no place within the distance lies outside the boxes, across the date line and at the poles too", () => {
  // Integers spread evenly; doubles are mostly tiny, and would hardly leave the place.
  const degrees = (most: number) =>
    fc.oneof(
      fc.integer({ min: -10 * most, max: 10 * most }).map((tenths) => tenths / 10),
      fc.constantFrom(-most, -most + 0.1, 0, most - 0.1, most),
    );
  const place = fc.record({ latitude: degrees(90), longitude: degrees(180) });
  const km = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 20_000 }));
  const percent = fc.integer({ min: 0, max: 100 });
  const bearing = fc.integer({ min: 0, max: 359 });
  fc.assert(
    fc.property(place, km, percent, bearing, (from, most, share, turn) => {
      const there = travelled(from, (most * share) / 100, radians(turn));
      expect(boxesAround(from, most).some((box) => inside(box, there))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("a box around a town holds no other country", () => {
  const [box, ...more] = boxesAround({ latitude: 38.7139, longitude: -9.1394 }, 25);
  expect(more).toEqual([]);
  expect([box!.west, box!.south, box!.east, box!.north].map((edge) => Math.round(edge * 100) / 100)).toEqual([
    -9.43, 38.49, -8.85, 38.94,
  ]);
});
