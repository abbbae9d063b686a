import type { PriceLine } from "@holdfast/contracts/api/booking";
import { bookingFacts as schema } from "@holdfast/contracts/events/booking";
import { expect, test } from "vitest";
import { sampleBooking } from "../saga/sample-booking.fixture.ts";
import { bookingFacts } from "./booking-view.ts";

function line(kind: PriceLine["kind"], amountMinor: number, included = false): PriceLine {
  const counted = { label: kind, adjustments: [], count: 1, unit: "booking" as const, quantity: 1 };
  return { ...counted, kind, unitAmountMinor: amountMinor, amountMinor, included };
}

test("events say what of the total is tax, taxes that the prices include among it", () => {
  const lines = [line("base", 10_000), line("fee", 500), line("tax", 1_050), line("tax", 300, true)];
  const facts = bookingFacts(sampleBooking({ lines, total_minor: 11_550 }));
  expect(schema.parse(facts)).toMatchObject({ total: { amountMinor: 11_550 }, taxMinor: 1_350 });
});

test("events of a booking without taxes say nothing of them", () => {
  expect(bookingFacts(sampleBooking({ lines: [line("base", 5_000)] }))).not.toHaveProperty("taxMinor");
});

test("no more is tax than there is", () => {
  const lines = [line("base", 100), ...Array.from({ length: 3 }, () => line("tax", 50, true))];
  expect(bookingFacts(sampleBooking({ lines, total_minor: 100 })).taxMinor).toBe(100);
});

test("events say that a booking is paid on arrival, and of any other nothing", () => {
  const facts = bookingFacts(sampleBooking({ payment_method: "on-arrival" }));
  expect(schema.parse(facts)).toMatchObject({ paidOnArrival: true });
  expect(bookingFacts(sampleBooking())).not.toHaveProperty("paidOnArrival");
});
