import type { createResource } from "@holdfast/contracts/api/catalog";
import type { CallInput } from "@holdfast/testkit/platform/api-client";
import type { Login } from "@holdfast/testkit/platform/service-environment";

type Rules = NonNullable<CallInput<typeof createResource>["body"]>["rules"];

type DemoAccount = Login & { readonly name: string };

/** A vendor of the demo and what it offers; `slug` names it across starts. */
export type DemoVendor = {
  readonly slug: string;
  readonly name: string;
  readonly resources: readonly (Rules & { readonly slug: string })[];
};

/** The demo's logins: fixed, printed at every start, and good for this machine alone. */
export const demoAccounts = {
  guest: { email: "guest@demo.example", password: "harbour-lantern-27", name: "Gil Guest" },
  vendor: { email: "vendor@demo.example", password: "meadow-anchor-63", name: "Vera Vendor" },
  admin: { email: "admin@demo.example", password: "kestrel-orchard-41", name: "Administrator" },
} as const satisfies Record<string, DemoAccount>;

const workdays = ["mon", "tue", "wed", "thu", "fri"] as const;
const everyDay = [...workdays, "sat", "sun"] as const;

type Hours = { readonly from: string; readonly to: string };

/** The same hours on each of these days. */
function weekly(days: readonly (typeof everyDay)[number][], ...hours: Hours[]) {
  return Object.fromEntries(days.map((day) => [day, hours]));
}

const nights = {
  by: "nights",
  checkIn: "15:00",
  checkOut: "11:00",
  minimumNights: 1,
  maximumNights: 21,
} as const;

const roomExtras: NonNullable<Rules["price"]["extras"]> = [
  { code: "breakfast", label: "Breakfast", per: "person", amountMinor: 1_200, maximum: 21 },
  { code: "parking", label: "Parking", per: "night", amountMinor: 1_500 },
];
const cityTax = { label: "City tax", per: "night", amountMinor: 400 } as const;

const hotel: DemoVendor = {
  slug: "aurora",
  name: "Pensão Aurora",
  resources: [
    {
      slug: "double",
      title: "Double room",
      kind: "room",
      description: "A quiet room over the courtyard; eight of them.",
      attributes: { view: "courtyard", bed: "double" },
      location: { latitude: 38.7139, longitude: -9.1394, address: "Rua da Aurora 7, Lisboa" },
      zone: "Europe/Lisbon",
      capacity: 8,
      peoplePerUnit: 2,
      availability: nights,
      price: {
        per: "night",
        amountMinor: 9_500,
        currency: "EUR",
        adjustments: [
          {
            label: "Summer",
            when: { season: { from: "06-15", to: "09-15" } },
            change: { basisPoints: 2_500 },
          },
          { label: "A week or more", when: { length: { atLeast: 7 } }, change: { basisPoints: -1_000 } },
        ],
        extras: roomExtras,
        fees: [cityTax],
        taxes: [{ label: "VAT", basisPoints: 600, included: true }],
      },
      cancellation: { fullRefundUntilHours: 48, refundPercentAfter: 50 },
    },
    {
      slug: "suite",
      title: "Family suite",
      kind: "room",
      description: "Two rooms and a balcony towards the river; three of them.",
      attributes: { view: "river", bed: "double and two single" },
      location: { latitude: 38.7139, longitude: -9.1394, address: "Rua da Aurora 7, Lisboa" },
      zone: "Europe/Lisbon",
      capacity: 3,
      peoplePerUnit: 4,
      availability: { ...nights, minimumNights: 2, noArrivalOn: ["sun"] },
      price: {
        per: "night",
        amountMinor: 16_800,
        currency: "EUR",
        extras: roomExtras,
        fees: [cityTax],
        taxes: [{ label: "VAT", basisPoints: 600, included: true }],
      },
      cancellation: {
        fullRefundUntilHours: 168,
        tiers: [{ untilHours: 72, refundPercent: 50 }],
        refundPercentAfter: 0,
      },
    },
  ],
};

const surgery = { latitude: 40.7061, longitude: -74.0087, address: "12 Harbour Street, New York" };

const clinic: DemoVendor = {
  slug: "harbour",
  name: "Harbour Clinic",
  resources: [
    {
      slug: "doctor",
      title: "Dr Imani Okafor",
      kind: "appointment",
      description: "General practice, by 20 minutes; the practice says yes to each appointment within a day.",
      attributes: { language: "English and Igbo", newPatients: true },
      location: surgery,
      zone: "America/New_York",
      capacity: 1,
      availability: {
        by: "hours",
        weekly: weekly(workdays, { from: "09:00", to: "12:00" }, { from: "13:00", to: "17:00" }),
        granularityMinutes: 20,
        minimumMinutes: 20,
        maximumMinutes: 60,
      },
      holidays: { country: "US" },
      price: { per: "hour", amountMinor: 24_000, currency: "USD" },
      approval: { withinMinutes: 1_440 },
      cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 0 },
      noticeMinutes: 120,
    },
    {
      slug: "consulting-room",
      title: "Consulting room",
      kind: "consulting room",
      description: "Taken along with a doctor; two of them, aired for ten minutes after each use.",
      location: surgery,
      zone: "America/New_York",
      capacity: 2,
      availability: {
        by: "hours",
        weekly: weekly(workdays, { from: "08:00", to: "18:00" }),
        granularityMinutes: 20,
        minimumMinutes: 20,
        maximumMinutes: 240,
      },
      price: { per: "booking", amountMinor: 0, currency: "USD" },
      cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 0 },
      bufferAfterMinutes: 10,
    },
  ],
};

const studio = { latitude: 35.6595, longitude: 139.7005, address: "2-24 Shibuya, Tokyo" };

const salon: DemoVendor = {
  slug: "kiku",
  name: "Studio Kiku",
  resources: [
    {
      slug: "stylist",
      title: "Aiko, stylist",
      kind: "stylist",
      description: "Cut and colour; past midnight on Fridays and Saturdays, dearer from ten.",
      attributes: { specialty: "colour" },
      location: studio,
      zone: "Asia/Tokyo",
      capacity: 1,
      availability: {
        by: "hours",
        weekly: {
          ...weekly(["tue", "wed", "thu", "sun"], { from: "10:00", to: "19:00" }),
          ...weekly(["fri", "sat"], { from: "14:00", to: "02:00" }),
        },
        granularityMinutes: 30,
        minimumMinutes: 60,
        maximumMinutes: 240,
      },
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
      cancellation: { fullRefundUntilHours: 12, refundPercentAfter: 50 },
      bufferAfterMinutes: 15,
    },
    {
      slug: "chair",
      title: "Stylist's chair",
      kind: "chair",
      description: "Taken along with a stylist, or by the hour by itself; three chairs.",
      location: studio,
      zone: "Asia/Tokyo",
      capacity: 3,
      availability: {
        by: "hours",
        weekly: weekly(everyDay, { from: "00:00", to: "24:00" }),
        granularityMinutes: 30,
        minimumMinutes: 60,
        maximumMinutes: 240,
      },
      price: { per: "hour", amountMinor: 1_100, currency: "JPY" },
      cancellation: { fullRefundUntilHours: 12, refundPercentAfter: 50 },
      bufferBeforeMinutes: 5,
      bufferAfterMinutes: 5,
    },
  ],
};

const coworking: DemoVendor = {
  slug: "werkhof",
  name: "Werkhof",
  resources: [
    {
      slug: "desk",
      title: "Desk on the open floor",
      kind: "desk",
      description: "By the hour, cheaper by the day, dearer on busy days; closed on Berlin's holidays.",
      attributes: { quiet: true, monitor: "27 inches" },
      location: { latitude: 52.4986, longitude: 13.4213, address: "Werkhof 3, Berlin" },
      zone: "Europe/Berlin",
      capacity: 20,
      availability: {
        by: "hours",
        weekly: weekly(workdays, { from: "08:00", to: "20:00" }),
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
      cancellation: { fullRefundUntilHours: 2, refundPercentAfter: 0 },
    },
  ],
};

const tennisClub: DemoVendor = {
  slug: "riverside",
  name: "Riverside Tennis Club",
  resources: [
    {
      slug: "clay",
      title: "Clay court",
      kind: "court",
      description:
        "Three of them, floodlit; evenings of the week are dearer. Book it every week, or wait for one.",
      attributes: { surface: "clay", floodlit: true },
      location: { latitude: 51.4676, longitude: -0.2255, address: "Riverside 40, London" },
      zone: "Europe/London",
      capacity: 3,
      peoplePerUnit: 4,
      availability: {
        by: "hours",
        weekly: weekly(everyDay, { from: "07:00", to: "22:00" }),
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
            when: { weekdays: [...workdays], hours: { from: "17:00", to: "21:00" } },
            change: { setMinor: 2_600 },
          },
        ],
        extras: [{ code: "floodlight", label: "Floodlight", per: "hour", amountMinor: 300 }],
      },
      cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 50 },
      waitlistHoldMinutes: 30,
    },
  ],
};

/** By the night, by appointment, by the hour and past midnight, alone and together: one engine, five zones, four currencies. */
export const demoVendors: readonly DemoVendor[] = [hotel, clinic, salon, coworking, tennisClub];
