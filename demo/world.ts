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

const workingDay = [{ from: "09:00", to: "17:00" }];
const shopDay = [{ from: "10:00", to: "19:00" }];

const nights = {
  by: "nights",
  checkIn: "15:00",
  checkOut: "11:00",
  minimumNights: 1,
  maximumNights: 21,
} as const;

/** A hotel by the night, a clinic by appointment, a salon by the hour: one engine, three zones, three currencies. */
export const demoVendors: readonly DemoVendor[] = [
  {
    slug: "aurora",
    name: "Pensão Aurora",
    resources: [
      {
        slug: "double",
        title: "Double room",
        kind: "room",
        description: "A quiet room over the courtyard; eight of them.",
        zone: "Europe/Lisbon",
        capacity: 8,
        availability: nights,
        price: { per: "night", amountMinor: 9_500, currency: "EUR" },
        cancellation: { fullRefundUntilHours: 48, refundPercentAfter: 50 },
      },
      {
        slug: "suite",
        title: "Family suite",
        kind: "room",
        description: "Two rooms and a balcony towards the river; three of them.",
        zone: "Europe/Lisbon",
        capacity: 3,
        availability: { ...nights, minimumNights: 2 },
        price: { per: "night", amountMinor: 16_800, currency: "EUR" },
        cancellation: { fullRefundUntilHours: 72, refundPercentAfter: 0 },
      },
    ],
  },
  {
    slug: "harbour",
    name: "Harbour Clinic",
    resources: [
      {
        slug: "consultation",
        title: "Consultation",
        kind: "appointment",
        description: "Half an hour with the doctor on duty, and ten minutes between two patients.",
        zone: "America/New_York",
        capacity: 1,
        availability: {
          by: "hours",
          weekly: { mon: workingDay, tue: workingDay, wed: workingDay, thu: workingDay, fri: workingDay },
          granularityMinutes: 30,
          minimumMinutes: 30,
          maximumMinutes: 60,
        },
        price: { per: "hour", amountMinor: 24_000, currency: "USD" },
        cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 0 },
        noticeMinutes: 120,
        bufferAfterMinutes: 10,
      },
    ],
  },
  {
    slug: "kiku",
    name: "Studio Kiku",
    resources: [
      {
        slug: "chair",
        title: "Stylist's chair",
        kind: "chair",
        description: "Cut and colour, by the hour; three chairs.",
        zone: "Asia/Tokyo",
        capacity: 3,
        availability: {
          by: "hours",
          weekly: { tue: shopDay, wed: shopDay, thu: shopDay, fri: shopDay, sat: shopDay, sun: shopDay },
          granularityMinutes: 30,
          minimumMinutes: 60,
          maximumMinutes: 240,
        },
        price: { per: "hour", amountMinor: 6_600, currency: "JPY" },
        cancellation: { fullRefundUntilHours: 12, refundPercentAfter: 50 },
        bufferBeforeMinutes: 5,
        bufferAfterMinutes: 5,
      },
    ],
  },
];
