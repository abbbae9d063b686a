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
  const place = fc.record({
    latitude: fc.oneof(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.constantFrom(-90, -89.9, 0, 89.9, 90),
    ),
    longitude: fc.oneof(
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.constantFrom(-180, -179.9, 179.9, 180),
    ),
  });
  const km = fc.oneof(
    fc.double({ min: 0.01, max: 200, noNaN: true }),
    fc.double({ min: 200, max: 20_000, noNaN: true }),
  );
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(place, km, part, part, (from, most, share, turn) => {
      const there = travelled(from, most * share, turn * 2 * Math.PI);
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
