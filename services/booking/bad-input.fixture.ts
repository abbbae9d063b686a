/** What nobody can ask for: members that replace those of a request that is right otherwise. `<resource>` and the like are names. */
import { newId } from "@holdfast/contracts/ids";
import { slotAt } from "./booking-world.fixture.ts";

export interface BadCase {
  readonly what: string;
  readonly set: object;
  readonly field: string;
  /** 400 where not said. */
  readonly status?: 400 | 404 | 422;
}

const { startsAt, endsAt } = slotAt(3);
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const withFraction = (instant: string, fraction: string) => instant.replace("Z", `${fraction}Z`);
/** Seven minutes later. */
export const offGrid = (time: { startsAt: string; endsAt: string }) => ({
  startsAt: time.startsAt.replace(":00:00Z", ":07:00Z"),
  endsAt: time.endsAt.replace(":00:00Z", ":07:00Z"),
});
const rule = (text: string) => ({ rrule: text });

/** Whatever is booked, moved or blocked has a start before its end, and a number of units. */
export const badTimes: readonly BadCase[] = [
  { what: "no start", set: { startsAt: undefined }, field: "startsAt" },
  { what: "an end before the start", set: { startsAt: endsAt, endsAt: startsAt }, field: "endsAt" },
  { what: "an end at the start", set: { startsAt, endsAt: startsAt }, field: "endsAt" },
  {
    what: "an end half a second before the start",
    set: { startsAt: withFraction(startsAt, ".5"), endsAt: startsAt },
    field: "endsAt",
  },
  {
    what: "an end a tenth of a millisecond after the start",
    set: { startsAt, endsAt: withFraction(startsAt, ".0001") },
    field: "endsAt",
  },
  { what: "a start in the year 9999", set: { startsAt: "9999-01-01T00:00:00Z" }, field: "startsAt" },
  { what: "an end in the year 9999", set: { endsAt: "9999-01-01T00:00:00Z" }, field: "endsAt" },
  { what: "a start in the year 1999", set: { startsAt: "1999-12-31T23:00:00Z" }, field: "startsAt" },
  { what: "a start without a zone", set: { startsAt: startsAt.replace("Z", "") }, field: "startsAt" },
  { what: "a start that is a date", set: { startsAt: startsAt.slice(0, 10) }, field: "startsAt" },
  { what: "a start on February 30", set: { startsAt: "2027-02-30T10:00:00Z" }, field: "startsAt" },
  { what: "a start that is a number", set: { startsAt: 1_800_000_000 }, field: "startsAt" },
  { what: "no units", set: { quantity: 0 }, field: "quantity" },
  { what: "fewer units than none", set: { quantity: -1 }, field: "quantity" },
  { what: "half a unit", set: { quantity: 1.5 }, field: "quantity" },
  { what: "units in words", set: { quantity: "2" }, field: "quantity" },
  { what: "more units than there are", set: { quantity: 1001 }, field: "quantity" },
];

/** Whatever is booked or priced. */
export const badAskings: readonly BadCase[] = [
  ...badTimes,
  { what: "no resource", set: { resourceId: undefined }, field: "resourceId" },
  { what: "another thing's id", set: { resourceId: newId("vnd") }, field: "resourceId" },
  { what: "a member nobody knows", set: { colour: "red" }, field: "colour" },
  { what: "a start in the past", set: slotAt(-3), field: "startsAt", status: 422 },
  { what: "a start beyond the booking window", set: slotAt(400), field: "startsAt", status: 422 },
  {
    what: "a start off the grid",
    set: offGrid({ startsAt, endsAt }),
    field: "startsAt",
    status: 422,
  },
  {
    what: "a time too short",
    set: { endsAt: startsAt.replace(":00:00Z", ":15:00Z") },
    field: "endsAt",
    status: 422,
  },
  { what: "a time too long", set: { endsAt: slotAt(4).endsAt }, field: "endsAt", status: 422 },
  {
    what: "hours of a room that is slept in",
    set: { resourceId: "<room>" },
    field: "startsAt",
    status: 422,
  },
  {
    what: "a price beyond 2^53",
    set: { resourceId: "<dear>", endsAt: slotAt(3, 2).endsAt },
    field: "quantity",
    status: 422,
  },
  { what: "nobody", set: { people: 0 }, field: "people" },
  { what: "fewer people than none", set: { people: -3 }, field: "people" },
  { what: "more people than there are places", set: { people: 3 }, field: "people", status: 422 },
  { what: "ten further resources", set: { also: many(10, { resourceId: newId("res") }) }, field: "also" },
  {
    what: "no units of a further resource",
    set: { also: [{ resourceId: "<resource>", quantity: 0 }] },
    field: "also.0.quantity",
  },
  {
    what: "a further resource nobody has",
    set: { also: [{ resourceId: newId("res") }] },
    field: "also.0.resourceId",
    status: 404,
  },
  {
    what: "a further resource of another vendor",
    set: { also: [{ resourceId: "<elsewhere>" }] },
    field: "also.0.resourceId",
    status: 422,
  },
  {
    what: "a further resource that ends before it starts",
    set: { also: [{ resourceId: "<resource>", startsAt: endsAt, endsAt: startsAt }] },
    field: "also.0.endsAt",
    status: 422,
  },
  {
    what: "a further resource in the year 9999",
    set: { also: [{ resourceId: "<resource>", startsAt: "9999-01-01T00:00:00Z" }] },
    field: "also.0.startsAt",
  },
  { what: "51 extras", set: { extras: many(51, { code: "towel" }) }, field: "extras" },
  { what: "none of an extra", set: { extras: [{ code: "towel", quantity: 0 }] }, field: "extras.0.quantity" },
  { what: "an unknown extra", set: { extras: [{ code: "boat" }] }, field: "extras.0.code", status: 422 },
  {
    what: "more of an extra than one may have",
    set: { extras: [{ code: "towel", quantity: 3 }] },
    field: "extras.0.quantity",
    status: 422,
  },
  { what: "a blank promotion code", set: { promotionCode: " " }, field: "promotionCode" },
  { what: "a promotion code too long", set: { promotionCode: "A".repeat(41) }, field: "promotionCode" },
];

/** How a series recurs. */
export const badRecurrences: readonly BadCase[] = [
  { what: "no rule", set: rule(""), field: "rrule" },
  { what: "a rule in words", set: rule("every week"), field: "rrule", status: 422 },
  { what: "a rule too long", set: rule(`FREQ=WEEKLY;COUNT=3;${"X".repeat(300)}`), field: "rrule" },
  { what: "a rule that never ends", set: rule("FREQ=WEEKLY"), field: "rrule", status: 422 },
  { what: "no occurrences", set: rule("FREQ=WEEKLY;COUNT=0"), field: "rrule", status: 422 },
  { what: "101 occurrences", set: rule("FREQ=DAILY;COUNT=101"), field: "rrule", status: 422 },
  { what: "an occurrence a second", set: rule("FREQ=SECONDLY;COUNT=3"), field: "rrule", status: 422 },
  {
    what: "no time between occurrences",
    set: rule("FREQ=DAILY;INTERVAL=0;COUNT=3"),
    field: "rrule",
    status: 422,
  },
  {
    what: "an end before the start",
    set: rule("FREQ=DAILY;UNTIL=20200101T000000Z"),
    field: "rrule",
    status: 422,
  },
  { what: "an end that is no date", set: rule("FREQ=DAILY;UNTIL=soon"), field: "rrule", status: 422 },
  { what: "an exception that is no date", set: { exclude: ["Monday"] }, field: "exclude.0" },
  { what: "101 exceptions", set: { exclude: many(101, "2027-01-01") }, field: "exclude" },
  { what: "an unknown way out of conflicts", set: { onConflict: "ask" }, field: "onConflict" },
];
