/** Rules whose description or times are wrong. */
import { many, roomRules, type Wrong } from "./wrong-rules.fixture.ts";

const nights = { of: roomRules };
const mornings = [{ from: "09:00", to: "12:00" }];
const everyDay = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const overnight = [{ from: "20:00", to: "04:00" }];
const day = { from: "2027-01-01", to: "2027-01-01" };

export const wrongTimes: readonly Wrong[] = [
  { what: "no title", set: { title: undefined } },
  { what: "a blank title", set: { title: "  " } },
  { what: "a title too long", set: { title: "x".repeat(201) } },
  { what: "a title that is a number", set: { title: 7 } },
  { what: "a kind too long", set: { kind: "k".repeat(61) } },
  { what: "a description too long", set: { description: "d".repeat(4001) } },
  { what: "a member nobody knows", set: { colour: "red" } },
  { what: "an unknown zone", set: { zone: "Mars/Olympus" } },
  { what: "an offset as a zone", set: { zone: "+02:00" } },
  { what: "no units", set: { capacity: 0 } },
  { what: "fewer units than none", set: { capacity: -1 } },
  { what: "half a unit", set: { capacity: 1.5 } },
  { what: "more units than there are", set: { capacity: 1001 } },
  { what: "units in words", set: { capacity: "one" } },
  { what: "nobody to a unit", set: { peoplePerUnit: 0 } },
  { what: "a latitude off the globe", set: { "location.latitude": 91, "location.longitude": 0 } },
  { what: "a longitude off the globe", set: { "location.longitude": -181, "location.latitude": 0 } },
  { what: "an attribute that is an object", set: { "attributes.view": { of: "sea" } } },
  { what: "an attribute's name in capitals", set: { "attributes.View": "sea" } },
  { what: "an attribute too long", set: { "attributes.view": "s".repeat(201) } },
  { what: "51 attributes", set: { attributes: Object.fromEntries(many(51, (n) => [`a${n}`, n])) } },
  { what: "attributes as a list", set: { attributes: ["sea"] } },

  { what: "neither hours nor nights", set: { "availability.by": "weeks" } },
  { what: "no rules of time", set: { availability: null } },
  { what: "a week without hours", set: { "availability.weekly": {} } },
  { what: "a week of closed days", set: { "availability.weekly": { mon: [], tue: [] } } },
  { what: "a day that does not exist", set: { "availability.weekly": { moonday: mornings } } },
  {
    what: "an opening at 25:00",
    set: { "availability.weekly.mon": [{ from: "25:00", to: "26:00" }] },
    names: "availability.weekly.mon.0.from",
  },
  {
    what: "an opening that begins at 24:00",
    set: { "availability.weekly.mon": [{ from: "24:00", to: "06:00" }] },
    names: "availability.weekly.mon.0.from",
  },
  {
    what: "an opening without length",
    set: { "availability.weekly.mon": [{ from: "09:00", to: "09:00" }] },
    names: "availability.weekly.mon.0.to",
  },
  {
    what: "openings of a day that overlap",
    set: { "availability.weekly.mon": [...mornings, { from: "11:00", to: "13:00" }] },
  },
  { what: "the same opening twice", set: { "availability.weekly.mon": [...mornings, ...mornings] } },
  {
    what: "an opening past midnight into the next day's",
    set: { "availability.weekly": { mon: overnight, tue: [{ from: "03:00", to: "09:00" }] } },
  },
  {
    what: "Sunday's opening into Monday's",
    set: { "availability.weekly": { sun: overnight, mon: [{ from: "03:00", to: "09:00" }] } },
  },
  {
    what: "25 openings a day",
    set: { "availability.weekly.mon": many(25, (n) => ({ from: `00:${10 + n}`, to: `00:${11 + n}` })) },
  },
  { what: "a grid of four minutes", set: { "availability.granularityMinutes": 4 } },
  { what: "a shortest time off the grid", set: { "availability.minimumMinutes": 45 } },
  {
    what: "a shortest time above the longest",
    set: { "availability.minimumMinutes": 180 },
    names: "availability.maximumMinutes",
  },
  {
    what: "a shortest time longer than it ever opens",
    set: { "availability.weekly.mon": [{ from: "09:00", to: "09:20" }] },
    names: "availability.minimumMinutes",
  },
  { what: "a negative shortest time", set: { "availability.minimumMinutes": -30 } },
  {
    what: "10,000 exceptions",
    set: { "availability.exceptions": many(10_000, () => ({ ...day, open: [] })) },
  },
  {
    what: "an exception that ends before it starts",
    set: { "availability.exceptions": [{ from: "2027-01-02", to: "2027-01-01", open: [] }] },
    names: "availability.exceptions.0.to",
  },
  {
    what: "an exception in the year 9999",
    set: { "availability.exceptions": [{ from: "9999-01-01", to: "9999-01-02", open: [] }] },
    names: "availability.exceptions.0.from",
  },
  {
    what: "an exception on February 30",
    set: { "availability.exceptions": [{ from: "2027-02-30", to: "2027-03-01", open: [] }] },
    names: "availability.exceptions.0.from",
  },
  {
    what: "an exception with openings that overlap",
    set: { "availability.exceptions": [{ ...day, open: [...mornings, ...mornings] }] },
    names: "availability.exceptions.0.open",
  },

  { what: "a check-in at half past", set: { "availability.checkIn": "3 pm" }, ...nights },
  { what: "a check-out after the check-in", set: { "availability.checkOut": "16:00" }, ...nights },
  {
    what: "a check-out at the very midnight of the check-in",
    set: { "availability.checkIn": "24:00", "availability.checkOut": "00:00" },
    names: "availability.checkOut",
    ...nights,
  },
  { what: "no nights", set: { "availability.minimumNights": 0 }, ...nights },
  {
    what: "a longest stay below the shortest",
    set: { "availability.maximumNights": 2, "availability.minimumNights": 3 },
    ...nights,
  },
  { what: "arrivals on no day", set: { "availability.noArrivalOn": everyDay }, ...nights },
  {
    what: "departures on no day",
    set: { "availability.noDepartureOn": everyDay },
    names: "availability.noArrivalOn",
    ...nights,
  },
  {
    what: "stays that can never end",
    set: {
      "availability.noArrivalOn": everyDay.slice(1),
      "availability.noDepartureOn": ["tue"],
      "availability.maximumNights": 1,
    },
    ...nights,
  },

  { what: "a date in words", set: { closedOn: ["Christmas"] }, names: "closedOn.0" },
  { what: "1,001 dates", set: { closedOn: many(1001, () => "2027-01-01") } },
  {
    what: "a closure that ends before it starts",
    set: { closures: [{ from: "2027-02-02", to: "2027-02-01" }] },
    names: "closures.0.to",
  },
  {
    what: "a closure in the year 9999",
    set: { closures: [{ from: "2027-01-01", to: "9999-12-31" }] },
    names: "closures.0.to",
  },
  { what: "a country in small letters", set: { "holidays.country": "pt" } },
  { what: "an unknown country", set: { "holidays.country": "ZZ" }, status: 422 },
  { what: "a country by the name of a function", set: { "holidays.country": "constructor" } },
  { what: "an unknown region", set: { "holidays.region": "XX", "holidays.country": "DE" }, status: 422 },
  {
    what: "a region of a country without any",
    set: { "holidays.region": "LX", "holidays.country": "MT" },
    status: 422,
  },
  {
    what: "an open holiday that is no date",
    set: { "holidays.openOn": ["25-12"], "holidays.country": "PT" },
    names: "holidays.openOn.0",
  },

  { what: "a negative notice", set: { noticeMinutes: -1 } },
  { what: "a notice longer than the booking window", set: { noticeMinutes: 2881, windowDays: 2 } },
  { what: "no booking window", set: { windowDays: 0 } },
  { what: "a booking window of ten years", set: { windowDays: 3650 } },
  { what: "a negative buffer", set: { bufferBeforeMinutes: -5 } },
  { what: "a buffer of two days", set: { bufferAfterMinutes: 2880 } },
];
