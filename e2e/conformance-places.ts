/** Places: a hotel's rooms by the night, a floor of desks, tennis courts. */
import { weekly, everyDay, starts } from "./conformance-hours.ts";
import type { Trade } from "./conformance-trade.ts";

export const hotel: Trade = {
  name: "a hotel's rooms by the night",
  begins: "2041-06-03T08:00",
  resources: [
    {
      title: "Double room towards the garden",
      kind: "room",
      description: "Ten of them, each with a balcony.",
      attributes: { view: "garden", floor: 2 },
      zone: "Europe/Lisbon",
      capacity: 10,
      peoplePerUnit: 2,
      availability: {
        by: "nights",
        checkIn: "15:00",
        checkOut: "11:00",
        minimumNights: 1,
        maximumNights: 14,
        noArrivalOn: ["sun"],
      },
      closures: [{ from: "2041-06-25", to: "2041-06-26", reason: "The boiler is replaced" }],
      price: {
        per: "night",
        amountMinor: 9_000,
        currency: "EUR",
        adjustments: [
          {
            label: "Summer",
            when: { season: { from: "06-15", to: "09-15" } },
            change: { basisPoints: 2_000 },
          },
          { label: "Weekend", when: { weekdays: ["fri", "sat"] }, change: { amountMinor: 1_500 } },
        ],
        extras: [
          { code: "breakfast", label: "Breakfast", per: "person", amountMinor: 1_200, maximum: 14 },
          { code: "parking", label: "Parking", per: "night", amountMinor: 1_000 },
        ],
        fees: [{ label: "City tax", per: "night", amountMinor: 200 }],
        taxes: [{ label: "VAT", basisPoints: 600, included: true }],
      },
      cancellation: {
        fullRefundUntilHours: 72,
        tiers: [{ untilHours: 24, refundPercent: 50 }],
        refundPercentAfter: 0,
      },
      noShow: { afterMinutes: 180, refundPercent: 10 },
    },
  ],
  words: "garden double",
  attributes: ["view:garden", "floor:2"],
  length: { nights: 2 },
  listed: {
    "2041-06-15": ["2041-06-15T15:00"],
    "2041-06-16": [],
    // Its second night is closed.
    "2041-06-24": [],
    "2041-06-27": ["2041-06-27T15:00"],
  },
  forbidden: [
    { startsAt: "2041-06-16T15:00", endsAt: "2041-06-18T11:00", code: "no-arrival" },
    { startsAt: "2041-06-15T16:00", endsAt: "2041-06-17T11:00", code: "start-off-grid" },
    { startsAt: "2041-06-24T15:00", endsAt: "2041-06-26T11:00", code: "closed" },
    { startsAt: "2041-06-04T15:00", endsAt: "2041-06-19T11:00", code: "too-long" },
  ],
  promotion: { code: "EARLY", label: "Early bird", discount: { basisPoints: 1_000 } },
  // Friday before the season, Saturday and Sunday in it: 105.00, 123.00 and 108.00 a room.
  booked: {
    startsAt: "2041-06-14T15:00",
    endsAt: "2041-06-17T11:00",
    quantity: 2,
    people: 4,
    extras: [{ code: "breakfast", quantity: 3 }],
    beside: 3,
    lines: [21_000, 24_600, 21_600, 14_400, -8_160, 1_200, 4_225],
    total: 74_640,
  },
  moved: { startsAt: "2041-06-18T15:00", endsAt: "2041-06-21T11:00", total: 72_480 },
  full: { startsAt: "2041-06-22T15:00", endsAt: "2041-06-23T11:00" },
  weekly: [
    { startsAt: "2041-07-03T15:00", endsAt: "2041-07-04T11:00" },
    { startsAt: "2041-07-10T15:00", endsAt: "2041-07-11T11:00" },
    { startsAt: "2041-07-17T15:00", endsAt: "2041-07-18T11:00" },
  ],
  // 30 hours before: half goes back.
  cancelled: {
    startsAt: "2041-06-27T15:00",
    endsAt: "2041-06-29T11:00",
    total: 23_500,
    at: "2041-06-26T09:00",
    refund: 11_750,
  },
  attended: { startsAt: "2041-06-28T15:00", endsAt: "2041-06-30T11:00", total: 25_000 },
  missed: { startsAt: "2041-07-01T15:00", endsAt: "2041-07-02T11:00", total: 11_000, refund: 1_100 },
};

export const coworking: Trade = {
  name: "a co-working floor's desks by the hour and the day",
  begins: "2041-09-23T09:00",
  resources: [
    {
      title: "Desk on the open floor",
      kind: "desk",
      attributes: { quiet: true, monitor: "27 inches" },
      zone: "Europe/Berlin",
      capacity: 20,
      availability: {
        by: "hours",
        weekly: weekly(["mon", "tue", "wed", "thu", "fri"], "08:00", "20:00"),
        granularityMinutes: 60,
        minimumMinutes: 60,
        maximumMinutes: 720,
      },
      holidays: { country: "DE", region: "BE" },
      price: {
        per: "hour",
        amountMinor: 500,
        currency: "EUR",
        adjustments: [
          { label: "Day rate", when: { length: { atLeast: 480 } }, change: { basisPoints: -4_000 } },
          { label: "Busy day", when: { occupancyPercent: { atLeast: 60 } }, change: { amountMinor: 150 } },
        ],
        extras: [{ code: "locker", label: "Locker", per: "unit", amountMinor: 300 }],
        taxes: [{ label: "VAT", basisPoints: 1_900 }],
      },
      cancellation: {
        fullRefundUntilHours: 24,
        tiers: [{ untilHours: 2, refundPercent: 80 }],
        refundPercentAfter: 0,
      },
    },
  ],
  words: "open floor desk",
  attributes: ["quiet:true"],
  length: { minutes: 720 },
  listed: {
    "2041-10-02": ["2041-10-02T08:00"],
    // The Day of German Unity.
    "2041-10-03": [],
    "2041-10-04": ["2041-10-04T08:00"],
    "2041-10-05": [],
  },
  forbidden: [
    { startsAt: "2041-10-03T10:00", endsAt: "2041-10-03T11:00", code: "closed" },
    { startsAt: "2041-09-24T10:00", endsAt: "2041-09-24T10:30", code: "too-short" },
    { startsAt: "2041-09-24T10:30", endsAt: "2041-09-24T11:30", code: "start-off-grid" },
    { startsAt: "2041-09-24T19:00", endsAt: "2041-09-24T21:00", code: "closed" },
  ],
  promotion: { code: "MOVING-IN", label: "Welcome to the floor", discount: { basisPoints: 1_500 } },
  // 12 of 20 are taken: 3.00 by the day, and 1.50 more.
  booked: {
    startsAt: "2041-09-25T09:00",
    endsAt: "2041-09-25T17:00",
    quantity: 2,
    people: 2,
    extras: [{ code: "locker", quantity: 1 }],
    beside: 12,
    lines: [7_200, 600, -1_170, 1_260],
    total: 7_890,
  },
  moved: { startsAt: "2041-09-26T10:00", endsAt: "2041-09-26T12:00", total: 2_630 },
  full: { startsAt: "2041-09-27T09:00", endsAt: "2041-09-27T10:00" },
  weekly: [
    { startsAt: "2041-10-04T09:00", endsAt: "2041-10-04T11:00" },
    { startsAt: "2041-10-11T09:00", endsAt: "2041-10-11T11:00" },
    { startsAt: "2041-10-18T09:00", endsAt: "2041-10-18T11:00" },
  ],
  // Three hours before: four fifths go back.
  cancelled: {
    startsAt: "2041-09-30T09:00",
    endsAt: "2041-09-30T12:00",
    total: 1_785,
    at: "2041-09-30T06:00",
    refund: 1_428,
  },
  attended: { startsAt: "2041-10-01T08:00", endsAt: "2041-10-01T20:00", total: 4_284 },
  missed: { startsAt: "2041-10-02T09:00", endsAt: "2041-10-02T10:00", total: 595, refund: 0 },
};

export const tennisClub: Trade = {
  name: "a tennis club's courts by the hour",
  begins: "2041-10-14T08:00",
  resources: [
    {
      title: "Clay court",
      kind: "court",
      attributes: { surface: "clay", floodlit: true },
      zone: "Europe/London",
      capacity: 3,
      peoplePerUnit: 4,
      availability: {
        by: "hours",
        weekly: weekly(everyDay, "07:00", "22:00"),
        exceptions: [{ from: "2041-10-20", to: "2041-10-20", open: [{ from: "09:00", to: "13:00" }] }],
        granularityMinutes: 60,
        minimumMinutes: 60,
        maximumMinutes: 120,
      },
      price: {
        per: "hour",
        amountMinor: 1_800,
        currency: "GBP",
        adjustments: [
          {
            label: "Evening",
            when: { weekdays: ["mon", "tue", "wed", "thu", "fri"], hours: { from: "17:00", to: "21:00" } },
            change: { setMinor: 2_600 },
          },
        ],
        extras: [{ code: "floodlight", label: "Floodlight", per: "hour", amountMinor: 300 }],
        fees: [{ label: "Club's share", basisPoints: 250 }],
        taxes: [{ label: "VAT", basisPoints: 2_000, included: true }],
      },
      cancellation: { fullRefundUntilHours: 48, refundPercentAfter: 50 },
      waitlistHoldMinutes: 30,
    },
  ],
  words: "clay court",
  attributes: ["surface:clay", "floodlit:true"],
  length: { minutes: 60 },
  listed: {
    "2041-10-16": starts("2041-10-16", "07:00", "21:00", 60),
    // A tournament takes the afternoon.
    "2041-10-20": starts("2041-10-20", "09:00", "12:00", 60),
  },
  forbidden: [
    { startsAt: "2041-10-20T14:00", endsAt: "2041-10-20T15:00", code: "closed" },
    { startsAt: "2041-10-16T16:30", endsAt: "2041-10-16T17:30", code: "start-off-grid" },
    { startsAt: "2041-10-16T16:00", endsAt: "2041-10-16T19:00", code: "too-long" },
  ],
  promotion: {
    code: "FIRST-MATCH",
    label: "First match",
    discount: { amountMinor: 1_000, currency: "GBP" },
  },
  // An hour of the afternoon, and one of the evening.
  booked: {
    startsAt: "2041-10-16T16:00",
    endsAt: "2041-10-16T18:00",
    quantity: 1,
    people: 4,
    extras: [{ code: "floodlight", quantity: 1 }],
    beside: 1,
    lines: [1_800, 2_600, 600, -1_000, 110, 685],
    total: 4_110,
  },
  moved: { startsAt: "2041-10-17T18:00", endsAt: "2041-10-17T20:00", total: 4_930 },
  full: { startsAt: "2041-10-18T19:00", endsAt: "2041-10-18T20:00" },
  // Clocks go back on the 27th; the court is still booked at six.
  weekly: [
    { startsAt: "2041-10-24T18:00", endsAt: "2041-10-24T19:00" },
    { startsAt: "2041-10-31T18:00", endsAt: "2041-10-31T19:00" },
    { startsAt: "2041-11-07T18:00", endsAt: "2041-11-07T19:00" },
  ],
  // Half of 18.45 is 9.225.
  cancelled: {
    startsAt: "2041-10-21T10:00",
    endsAt: "2041-10-21T11:00",
    total: 1_845,
    at: "2041-10-21T06:00",
    refund: 923,
  },
  attended: { startsAt: "2041-10-22T17:00", endsAt: "2041-10-22T18:00", total: 2_665 },
  missed: { startsAt: "2041-10-23T09:00", endsAt: "2041-10-23T10:00", total: 1_845, refund: 0 },
};
