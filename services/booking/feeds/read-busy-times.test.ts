import { expect, test } from "vitest";
import { readBusyTimesApart } from "./read-apart.ts";
import { eventsMax, readBusyTimes, timesMax, type ReadingFor } from "./read-busy-times.ts";

const berlin: ReadingFor = {
  zone: "Europe/Berlin",
  nights: null,
  from: Date.parse("2026-03-01T00:00:00Z"),
  to: Date.parse("2026-12-01T00:00:00Z"),
};

/** A calendar of these events, each given as its lines. */
function calendar(...events: (readonly string[])[]): string {
  const texts = events.map((lines) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\r\n"));
  return ["BEGIN:VCALENDAR", "VERSION:2.0", ...texts, "END:VCALENDAR", ""].join("\r\n");
}

function read(text: string, of: Partial<ReadingFor> = {}) {
  const busy = readBusyTimes(text, { ...berlin, ...of });
  if (typeof busy === "string") throw new Error(busy);
  const instant = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString();
  return { ...busy, times: busy.times.map(({ from, to }) => `${instant(from)} ${instant(to)}`) };
}

const timesOf = (lines: readonly string[], of?: Partial<ReadingFor>) => read(calendar(lines), of).times;

/** Outlook's own name for a zone, with what it means by it: an hour ahead of Berlin, no summer time. */
const customZone = [
  "BEGIN:VTIMEZONE",
  "TZID:Head Office",
  "BEGIN:STANDARD",
  "DTSTART:16010101T000000",
  "TZOFFSETFROM:+0200",
  "TZOFFSETTO:+0200",
  "END:STANDARD",
  "END:VTIMEZONE",
].join("\r\n");

test.for([
  [
    "in UTC",
    ["DTSTART:20260401T100000Z", "DTEND:20260401T110000Z"],
    "2026-04-01T10:00:00Z 2026-04-01T11:00:00Z",
  ],
  [
    "in a named zone",
    ["DTSTART;TZID=America/New_York:20260401T100000", "DTEND;TZID=America/New_York:20260401T110000"],
    "2026-04-01T14:00:00Z 2026-04-01T15:00:00Z",
  ],
  [
    "in a zone named behind a prefix",
    ["DTSTART;TZID=/mozilla.org/20050126_1/America/New_York:20260401T100000", "DURATION:PT30M"],
    "2026-04-01T14:00:00Z 2026-04-01T14:30:00Z",
  ],
  [
    "floating, in the resource's zone",
    ["DTSTART:20260401T100000", "DURATION:PT1H"],
    "2026-04-01T08:00:00Z 2026-04-01T09:00:00Z",
  ],
  [
    "in a zone nobody knows, as if floating",
    ["DTSTART;TZID=Nowhere:20260401T100000", "DURATION:PT1H"],
    "2026-04-01T08:00:00Z 2026-04-01T09:00:00Z",
  ],
  ["for a day of 23 hours", ["DTSTART;VALUE=DATE:20260329"], "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z"],
  [
    "for whole days, the end exclusive",
    ["DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260403"],
    "2026-03-31T22:00:00Z 2026-04-02T22:00:00Z",
  ],
  [
    "in a gap of the clock, which runs on",
    ["DTSTART:20260329T023000", "DURATION:PT1H"],
    "2026-03-29T01:30:00Z 2026-03-29T02:30:00Z",
  ],
  [
    "twice an hour, the earlier",
    ["DTSTART:20261025T023000", "DURATION:PT1H"],
    "2026-10-25T00:30:00Z 2026-10-25T01:30:00Z",
  ],
] as const)("takes an event %s", ([, lines, expected]) => {
  expect(timesOf(lines)).toEqual([expected]);
});

test("takes the file's own definition of a zone that only it knows", () => {
  const event = ["BEGIN:VEVENT", "DTSTART;TZID=Head Office:20260701T100000", "DURATION:PT1H", "END:VEVENT"];
  const text = ["BEGIN:VCALENDAR", customZone, ...event, "END:VCALENDAR"].join("\r\n");
  expect(read(text).times).toEqual(["2026-07-01T08:00:00Z 2026-07-01T09:00:00Z"]);
});

test("whole days of a resource with nights are those nights: who leaves on the first may come before", () => {
  const nights = { checkIn: "15:00", checkOut: "11:00" };
  expect(timesOf(["DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260403"], { nights })).toEqual([
    "2026-04-01T13:00:00Z 2026-04-03T09:00:00Z",
  ]);
});

test("a night that a clock change leaves nothing of takes nothing", () => {
  // Nuuk jumps from Saturday 23:00 to Sunday 00:00: guests would come at 00:30, and go at 00:30.
  const of = { zone: "America/Nuuk", nights: { checkIn: "23:30", checkOut: "00:30" } };
  const night = (first: number) => [
    `DTSTART;VALUE=DATE:202603${first}`,
    `DTEND;VALUE=DATE:202603${first + 1}`,
  ];
  expect(timesOf(night(27), of)).toEqual(["2026-03-28T01:30:00Z 2026-03-28T02:30:00Z"]);
  expect(read(calendar(night(28)), of)).toEqual({ times: [], skipped: 0, cut: false });
});

test.for([
  ["marked as free", ["TRANSP:TRANSPARENT"]],
  ["cancelled", ["STATUS:CANCELLED"]],
] as const)("passes over an event that is %s, without calling it broken", ([, lines]) => {
  const event = ["DTSTART:20260401T100000Z", "DTEND:20260401T110000Z", ...lines];
  expect(read(calendar(event))).toEqual({ times: [], skipped: 0, cut: false });
});

test("takes recurring events by the wall clock, across a change of it, and only within reach", () => {
  const weekly = [
    "UID:w",
    "DTSTART;TZID=Europe/Berlin:20150318T100000",
    "DTEND;TZID=Europe/Berlin:20150318T110000",
    "RRULE:FREQ=WEEKLY",
  ];
  const reach = { from: Date.parse("2026-03-20T00:00:00Z"), to: Date.parse("2026-04-02T00:00:00Z") };
  expect(timesOf(weekly, reach)).toEqual([
    "2026-03-25T09:00:00Z 2026-03-25T10:00:00Z",
    "2026-04-01T08:00:00Z 2026-04-01T09:00:00Z",
  ]);
});

test.for([
  ["behind UTC", "America/New_York", "20260401T220000", "20260404T020000Z"],
  ["ahead of UTC", "Asia/Tokyo", "20260401T080000", "20260402T230000Z"],
] as const)("ends a series %s with the occurrence that its UNTIL names", ([, zone, first, last]) => {
  const lines = [`DTSTART;TZID=${zone}:${first}`, "DURATION:PT1H"];
  expect(timesOf([...lines, `RRULE:FREQ=DAILY;UNTIL=${last}`])).toHaveLength(3);
});

test("knows which occurrences are left out, added and moved", () => {
  const master = [
    "UID:s",
    "DTSTART;TZID=Europe/Berlin:20260401T100000",
    "DURATION:PT1H",
    "RRULE:FREQ=DAILY;COUNT=6",
    "EXDATE;TZID=Europe/Berlin:20260402T100000",
    "EXDATE:20260403T080000Z",
    "EXDATE;VALUE=DATE:20260404",
    "RDATE;TZID=Europe/Berlin:20260420T100000",
  ];
  const moved = ["UID:s", "RECURRENCE-ID:20260405T080000Z", "DTSTART:20260405T150000Z", "DURATION:PT2H"];
  const dropped = [
    "UID:s",
    "RECURRENCE-ID;TZID=Europe/Berlin:20260406T100000",
    "DTSTART:20260406T080000Z",
    "STATUS:CANCELLED",
  ];
  expect(read(calendar(moved, master, dropped)).times).toEqual([
    "2026-04-01T08:00:00Z 2026-04-01T09:00:00Z",
    "2026-04-05T15:00:00Z 2026-04-05T17:00:00Z",
    "2026-04-20T08:00:00Z 2026-04-20T09:00:00Z",
  ]);
});

test("an event that is there in two revisions counts once, as the later one says", () => {
  const old = ["UID:r", "SEQUENCE:1", "DTSTART:20260401T100000Z", "DURATION:PT1H"];
  const later = ["UID:r", "SEQUENCE:2", "DTSTART:20260402T100000Z", "DURATION:PT1H"];
  const expected = ["2026-04-02T10:00:00Z 2026-04-02T11:00:00Z"];
  expect(read(calendar(old, later)).times).toEqual(expected);
  expect(read(calendar(later, old)).times).toEqual(expected);
});

test("two events at one time are two", () => {
  const at = ["DTSTART:20260401T100000Z", "DURATION:PT1H"];
  expect(read(calendar(["UID:a", ...at], ["UID:b", ...at])).times).toHaveLength(2);
  expect(read(calendar(at, at)).times).toHaveLength(2);
});

const good = ["UID:good", "DTSTART:20260401T100000Z", "DURATION:PT1H"];

test.for([
  ["no start", ["UID:x", "SUMMARY:nothing"]],
  ["a start that is no time", ["DTSTART:soon", "DURATION:PT1H"]],
  ["half a date", ["DTSTART;VALUE=DATE:202602"]],
  ["an end before its start", ["DTSTART:20260401T100000Z", "DTEND:20260401T090000Z"]],
  ["a start and an end of two kinds", ["DTSTART:20260401T100000Z", "DTEND;VALUE=DATE:20260402"]],
  ["a rule that is none", ["DTSTART:20260401T100000Z", "DURATION:PT1H", "RRULE:FREQ=SOMETIMES"]],
  ["a rule by the second", ["DTSTART:20260401T100000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"]],
  ["a line that is none", ["DTSTART:20260401T100000Z", "????", "DURATION:PT1H"]],
] as const)("passes over an event with %s, counts it, and takes the others", ([, lines]) => {
  const { times, skipped } = read(calendar(lines, good));
  expect(times).toEqual(["2026-04-01T10:00:00Z 2026-04-01T11:00:00Z"]);
  expect(skipped).toBe(1);
});

test("an event that never ends in the file takes no other with it", () => {
  const text = calendar(good).replace(
    "BEGIN:VEVENT",
    "BEGIN:VEVENT\r\nDTSTART:20260301T100000Z\r\nBEGIN:VEVENT",
  );
  expect(read(text)).toMatchObject({ skipped: 1, times: [expect.any(String)] });
});

test.for([
  ["a page", "<html><body>Sign in</body></html>"],
  ["nothing", ""],
  ["a calendar that was cut off", calendar(good).replace("END:VCALENDAR", "")],
] as const)("takes %s for no calendar at all", ([, text]) => {
  expect(readBusyTimes(text, berlin)).toBe("not-a-calendar");
});

test("refuses a calendar of more events than it takes", () => {
  const text = calendar(...Array.from({ length: eventsMax + 1 }, () => ["DTSTART:20200101T100000Z"]));
  expect(readBusyTimes(text, berlin)).toBe("too-many-events");
});

test("of more times than it takes it has the earliest, and says so", () => {
  const hourly = ["DTSTART:20260301T000000Z", "DURATION:PT30M", "RRULE:FREQ=HOURLY"];
  const busy = read(calendar(hourly, good));
  expect(busy.times).toHaveLength(timesMax);
  expect(busy.cut).toBe(true);
  expect(busy.times[0]).toMatch(/^2026-03-01T00:00:00Z/);
});

test("a rule that never comes to an occurrence costs a bounded time, and then its thread", async () => {
  const never = ["DTSTART:20260401T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"];
  const began = performance.now();
  const read = await readBusyTimesApart(calendar(never, good), berlin, { timeoutMs: 1_500 });
  expect(performance.now() - began).toBeLessThan(4_000);
  // The parser alone would look for it for ever.
  expect(read).toBe("too-complex");
});

test("reads in a thread what it reads here", async () => {
  expect(await readBusyTimesApart(calendar(good), berlin, { timeoutMs: 4_000 })).toEqual(
    readBusyTimes(calendar(good), berlin),
  );
});
