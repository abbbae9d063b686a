import { newId } from "@holdfast/contracts/ids";
import { expect, test } from "vitest";
import type { AskedBooking } from "../bookings/asked-booking.ts";
import { seriesAskings } from "./series-askings.ts";

const startsAt = Date.parse("2026-12-01T10:00:00Z");
const part = { resourceId: newId("res"), startsAt, endsAt: startsAt + 3_600_000 };
const asked = (quantity: number): AskedBooking => ({
  parts: [
    { ...part, quantity },
    { ...part, quantity: 20 },
  ],
  people: 1,
  extras: [],
});
const rule = { rrule: "FREQ=DAILY;COUNT=100", exclude: [] };

test("a series takes no more units in all than one booking can", () => {
  expect(seriesAskings(asked(80), rule, new Map())).toHaveLength(100);
  expect(() => seriesAskings(asked(81), rule, new Map())).toThrow(/10100 units in all; 10000 are the most/);
});
