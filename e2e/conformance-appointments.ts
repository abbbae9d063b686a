/** Appointments: a clinic's doctor with her room, a salon's stylist with a chair. */
import { everyDay, starts, weekly } from "./conformance-hours.ts";
import type { Trade } from "./conformance-trade.ts";

export const clinic: Trade = {
  name: "a clinic's doctor, with a room, once approved",
  begins: "2041-07-08T07:00",
  resources: [
    {
      title: "Dr Imani Okafor, general practice",
      kind: "appointment",
      attributes: { language: "Igbo", newPatients: true },
      zone: "America/New_York",
      capacity: 1,
      availability: {
        by: "hours",
        weekly: {
          ...weekly(["mon", "tue", "wed", "thu"], "09:00", "12:00", "13:00", "17:00"),
          ...weekly(["fri"], "09:00", "12:00"),
        },
        granularityMinutes: 20,
        minimumMinutes: 20,
        maximumMinutes: 60,
      },
      noticeMinutes: 120,
      price: {
        per: "hour",
        amountMinor: 24_000,
        currency: "USD",
        adjustments: [
          {
            label: "Long appointment",
            when: { length: { atLeast: 40 } },
            change: { basisPoints: -1_000 },
          },
        ],
        extras: [{ code: "interpreter", label: "Interpreter", per: "hour", amountMinor: 6_000 }],
      },
      approval: { withinMinutes: 1_440 },
      cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 25 },
      noShow: { afterMinutes: 10, refundPercent: 0 },
    },
    {
      title: "Consulting room",
      kind: "consulting room",
      zone: "America/New_York",
      capacity: 2,
      availability: {
        by: "hours",
        weekly: weekly(["mon", "tue", "wed", "thu", "fri"], "08:00", "18:00"),
        granularityMinutes: 20,
        minimumMinutes: 20,
        maximumMinutes: 240,
      },
      bufferAfterMinutes: 10,
      price: { per: "booking", amountMinor: 2_000, currency: "USD" },
      cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 0 },
    },
  ],
  words: "general practice okaf",
  attributes: ["newPatients:true"],
  length: { minutes: 20 },
  listed: {
    // Two hours' notice: nine o'clock is too soon by the moment that has passed since seven.
    "2041-07-08": [
      ...starts("2041-07-08", "09:20", "11:40", 20),
      ...starts("2041-07-08", "13:00", "16:40", 20),
    ],
    "2041-07-12": starts("2041-07-12", "09:00", "11:40", 20),
    "2041-07-13": [],
  },
  forbidden: [
    { startsAt: "2041-07-08T09:00", endsAt: "2041-07-08T09:20", code: "notice-too-short" },
    { startsAt: "2041-07-09T12:00", endsAt: "2041-07-09T12:20", code: "closed" },
    { startsAt: "2041-07-09T09:10", endsAt: "2041-07-09T09:30", code: "start-off-grid" },
    { startsAt: "2041-07-09T09:00", endsAt: "2041-07-09T10:20", code: "too-long" },
  ],
  promotion: { code: "WELCOME", label: "First visit", discount: { amountMinor: 500, currency: "USD" } },
  // 40 minutes of 216.00 an hour, as many of the interpreter, and the room.
  booked: {
    startsAt: "2041-07-09T09:20",
    endsAt: "2041-07-09T10:00",
    quantity: 1,
    people: 1,
    extras: [{ code: "interpreter", quantity: 1 }],
    beside: 0,
    lines: [14_400, 4_000, -500, 2_000],
    total: 19_900,
  },
  moved: { startsAt: "2041-07-10T14:00", endsAt: "2041-07-10T15:00", total: 29_100 },
  full: { startsAt: "2041-07-11T10:00", endsAt: "2041-07-11T10:20" },
  weekly: [
    { startsAt: "2041-07-17T09:00", endsAt: "2041-07-17T09:20" },
    { startsAt: "2041-07-24T09:00", endsAt: "2041-07-24T09:20" },
    { startsAt: "2041-07-31T09:00", endsAt: "2041-07-31T09:20" },
  ],
  // The evening before: a quarter goes back.
  cancelled: {
    startsAt: "2041-07-15T09:00",
    endsAt: "2041-07-15T09:20",
    total: 10_000,
    at: "2041-07-14T20:00",
    refund: 2_500,
  },
  attended: { startsAt: "2041-07-15T13:00", endsAt: "2041-07-15T13:20", total: 10_000 },
  missed: { startsAt: "2041-07-16T09:00", endsAt: "2041-07-16T09:20", total: 10_000, refund: 0 },
};

export const salon: Trade = {
  name: "a salon's stylist, with a chair, past midnight",
  begins: "2041-08-05T10:00",
  resources: [
    {
      title: "Cut and colour with Aiko",
      kind: "stylist",
      attributes: { specialty: "colour" },
      zone: "Asia/Tokyo",
      capacity: 1,
      availability: {
        by: "hours",
        weekly: {
          ...weekly(["tue", "wed", "thu"], "12:00", "21:00"),
          ...weekly(["fri", "sat"], "14:00", "02:00"),
        },
        granularityMinutes: 30,
        minimumMinutes: 60,
        maximumMinutes: 240,
      },
      bufferAfterMinutes: 15,
      price: {
        per: "hour",
        amountMinor: 6_600,
        currency: "JPY",
        adjustments: [
          { label: "Late", when: { hours: { from: "22:00", to: "05:00" } }, change: { basisPoints: 2_500 } },
        ],
        extras: [{ code: "treatment", label: "Treatment", per: "booking", amountMinor: 3_300 }],
        taxes: [{ label: "Consumption tax", basisPoints: 1_000, included: true }],
      },
      cancellation: {
        fullRefundUntilHours: 48,
        tiers: [{ untilHours: 24, refundPercent: 70 }],
        refundPercentAfter: 30,
      },
      noShow: { afterMinutes: 20, refundPercent: 50 },
    },
    {
      title: "Chair by the mirror",
      kind: "chair",
      zone: "Asia/Tokyo",
      capacity: 3,
      availability: {
        by: "hours",
        weekly: weekly(everyDay, "00:00", "24:00"),
        granularityMinutes: 30,
        minimumMinutes: 30,
        maximumMinutes: 480,
      },
      bufferBeforeMinutes: 5,
      bufferAfterMinutes: 5,
      price: { per: "booking", amountMinor: 500, currency: "JPY" },
      cancellation: { fullRefundUntilHours: 0, refundPercentAfter: 0 },
    },
  ],
  words: "colour aiko",
  attributes: ["specialty:colour"],
  length: { minutes: 60 },
  listed: {
    "2041-08-05": [],
    "2041-08-09": starts("2041-08-09", "14:00", "23:30", 30),
    "2041-08-10": [
      ...starts("2041-08-10", "00:00", "01:00", 30),
      ...starts("2041-08-10", "14:00", "23:30", 30),
    ],
    "2041-08-11": starts("2041-08-11", "00:00", "01:00", 30),
  },
  forbidden: [
    { startsAt: "2041-08-11T01:30", endsAt: "2041-08-11T02:30", code: "closed" },
    { startsAt: "2041-08-09T14:15", endsAt: "2041-08-09T15:15", code: "start-off-grid" },
    { startsAt: "2041-08-09T14:00", endsAt: "2041-08-09T19:00", code: "too-long" },
  ],
  promotion: { code: "NEW-LOOK", label: "New look", discount: { basisPoints: 1_000 } },
  // Half an hour of the evening and two and a half late ones; yen have no decimals: half a yen more is taken off.
  booked: {
    startsAt: "2041-08-09T21:30",
    endsAt: "2041-08-10T00:30",
    quantity: 1,
    people: 1,
    extras: [{ code: "treatment", quantity: 1 }],
    beside: 0,
    lines: [3_300, 20_625, 3_300, -2_723, 2_227, 500],
    total: 25_002,
  },
  moved: { startsAt: "2041-08-14T18:00", endsAt: "2041-08-14T21:00", total: 21_290 },
  full: { startsAt: "2041-08-17T20:00", endsAt: "2041-08-17T21:00" },
  weekly: [
    { startsAt: "2041-08-30T23:00", endsAt: "2041-08-31T00:00" },
    { startsAt: "2041-09-06T23:00", endsAt: "2041-09-07T00:00" },
    { startsAt: "2041-09-13T23:00", endsAt: "2041-09-14T00:00" },
  ],
  // The same morning: three tenths go back.
  cancelled: {
    startsAt: "2041-08-20T12:00",
    endsAt: "2041-08-20T13:00",
    total: 7_100,
    at: "2041-08-20T09:00",
    refund: 2_130,
  },
  attended: { startsAt: "2041-08-23T23:30", endsAt: "2041-08-24T00:30", total: 8_750 },
  missed: { startsAt: "2041-08-24T15:00", endsAt: "2041-08-24T16:00", total: 7_100, refund: 3_550 },
};
