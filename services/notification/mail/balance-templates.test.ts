import { newId } from "@holdfast/contracts/ids";
import { describe, expect, test } from "vitest";
import { someBooking } from "./booking-facts.fixture.ts";
import { type AnyTemplateData, contentOf, type Template } from "./templates.ts";

const eur = (amountMinor: number) => ({ amountMinor, currency: "EUR" });
const until = "2026-11-20T18:00:00Z";
const untilText = "Friday 20 November 2026, 18:00";
const balance = { charge: 2, amount: eur(2800), dueAt: "2026-11-17T15:00:00Z", givesUpAt: until };
const booked = someBooking({ total: eur(4000), balance });
const previous = { startsAt: "2026-11-30T15:00:00Z", endsAt: "2026-11-30T16:00:00Z", total: eur(5000) };

/** All that a mail says, a paragraph or a fact a line. */
function said(template: Template, data: AnyTemplateData): string {
  const { heading, paragraphs, facts } = contentOf(template, data);
  return [heading, ...paragraphs, ...facts.map(([label, value]) => `${label}: ${value}`)].join("\n");
}

describe("a guest with a balance is told:", () => {
  test.for<[string, Template, AnyTemplateData, string[]]>([
    [
      "what is due now and what later, with the confirmation",
      "booking-confirmed",
      booked,
      ["Due now: €12.00", "Balance: €28.00, due on Tuesday 17 November 2026, 15:00"],
    ],
    [
      "what is due at once of what they waited for",
      "waitlist-offer",
      { ...booked, entryId: newId("wtl"), holdExpiresAt: until },
      ["yours once €12.00 is paid"],
    ],
    [
      "that it will soon be taken",
      "balance-due-soon",
      booked,
      ["The balance, €28.00, is taken on Tuesday 17 November 2026, 15:00", "nothing that you have to do"],
    ],
    [
      "that it could not be taken, what to do, and when it is tried again",
      "balance-failed",
      {
        ...booked,
        reason: "payment/insufficient-funds",
        attempt: 1,
        nextAttemptAt: "2026-11-18T12:00:00Z",
      },
      [
        "The balance, €28.00, was due and could not be taken. The card does not have enough funds",
        "We try it again on Wednesday 18 November 2026, 12:00",
        "by another card too",
        `yours until ${untilText}`,
      ],
    ],
    [
      "that it is not tried again, after the last attempt",
      "balance-failed",
      { ...booked, reason: "payment/authentication-required", attempt: 4 },
      ["Your bank wants you to approve it", "We do not try it again by ourselves."],
    ],
    [
      "that it was paid after all",
      "balance-paid",
      { ...someBooking(), paid: eur(2800), afterFailures: true },
      ["Your booking is paid in full", "The balance, €28.00, was paid.", "This time it worked"],
    ],
    [
      "that the booking was cancelled as it was not paid",
      "booking-cancelled",
      { ...someBooking(), wasConfirmed: true, keepMinor: 1200, refundMinor: 0, balanceUnpaid: true },
      ["Its balance was not paid in time.", "€12.00 is kept"],
    ],
    [
      "that a move to a cheaper time makes it less",
      "booking-rescheduled",
      { ...booked, previous, keepMinor: 4000, refundMinor: 0 },
      ["Your balance is €10.00 less.", "Due now: €12.00", "Balance: €28.00"],
    ],
    [
      "that a move to a much cheaper time ends it, and gives something back",
      "booking-rescheduled",
      { ...someBooking({ total: eur(1000) }), previous, keepMinor: 1000, refundMinor: 800 },
      ["Your balance is €32.00 less.", "€8.00 is given back to you."],
    ],
    [
      "how much came too late",
      "late-payment",
      { ...someBooking(), latePayment: true, paid: eur(1800) },
      ["Your payment of €18.00 reached us"],
    ],
  ])("%s", ([, template, data, sentences]) => {
    for (const sentence of sentences) expect(said(template, data)).toContain(sentence);
  });

  test("of a balance that was paid at the first attempt no more than that", () => {
    expect(said("balance-paid", { ...someBooking(), paid: eur(2800) })).not.toContain("This time");
  });

  test("no code, but its meaning", () => {
    const failed = { ...booked, attempt: 1 };
    for (const reason of ["payment/method-missing", "payment/new-in-2031"]) {
      expect(said("balance-failed", { ...failed, reason })).not.toContain("payment/");
    }
  });
});
