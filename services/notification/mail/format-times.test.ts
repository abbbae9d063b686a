import { expect, test } from "vitest";
import { formatSpan } from "./format-times.ts";

test("shows the wall clock of the resource's zone, with its name", () => {
  const span = { startsAt: "2026-07-01T15:00:00Z", endsAt: "2026-07-01T16:30:00Z", zone: "Europe/Lisbon" };
  expect(formatSpan(span)).toBe(
    "Wednesday 1 July 2026, 16:00–17:30 (Western European Summer Time, Europe/Lisbon)",
  );
});

test("names both days of a stay", () => {
  const stay = { startsAt: "2026-12-01T06:00:00Z", endsAt: "2026-12-03T02:00:00Z", zone: "Asia/Tokyo" };
  expect(formatSpan(stay)).toBe(
    "Tuesday 1 December 2026, 15:00 – Thursday 3 December 2026, 11:00 (Japan Standard Time, Asia/Tokyo)",
  );
});

test("says which is which when the clocks change during the booking", () => {
  const night = { startsAt: "2026-10-25T00:30:00Z", endsAt: "2026-10-25T01:30:00Z", zone: "Europe/Berlin" };
  expect(formatSpan(night)).toBe(
    "Sunday 25 October 2026, 02:30 Central European Summer Time – " +
      "Sunday 25 October 2026, 02:30 Central European Standard Time (Europe/Berlin)",
  );
});

test("shows midnight as 00:00", () => {
  const span = {
    startsAt: "2026-12-01T00:00:00Z",
    endsAt: "2026-12-01T00:30:00Z",
    zone: "Atlantic/Reykjavik",
  };
  expect(formatSpan(span)).toContain("00:00–00:30");
});

test("tells the time in UTC where the zone is not known here", () => {
  const span = { startsAt: "2026-12-01T15:00:00Z", endsAt: "2026-12-01T16:00:00Z", zone: "Mars/Olympus" };
  expect(formatSpan(span)).toBe("Tuesday 1 December 2026, 15:00–16:00 (Coordinated Universal Time, UTC)");
});
