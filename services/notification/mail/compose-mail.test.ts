import { newId } from "@holdfast/contracts/ids";
import { describe, expect, test } from "vitest";
import { someBooking } from "./booking-facts.fixture.ts";
import { composeMail, type Letterhead } from "./compose-mail.ts";
import type { AnyTemplateData, Template } from "./templates.ts";

const letterhead: Letterhead = {
  sender: { name: "Holdfast", address: "bookings@holdfast.example" },
  publicUrl: "https://book.example/",
};
const ana = { email: "ana@example.com", name: "Ana" };
const messageId = newId("msg");

function compose(template: Template, data: AnyTemplateData, contact = ana) {
  const message = {
    message_id: messageId,
    template,
    data,
    booking_version: 2,
    created_at: "2026-11-01T10:00:00Z",
  };
  return composeMail(message, contact, letterhead);
}

const cancellation = { wasConfirmed: true, keepMinor: 3000, refundMinor: 3000 };

describe("a confirmation", () => {
  test("says what, with whom, when and for how much, in text and in HTML", async () => {
    const mail = await compose("booking-confirmed", someBooking({ quantity: 2 }));
    for (const body of [mail.text, mail.html]) {
      for (const said of [
        "Hello Ana",
        "Chair by the window",
        "Salon Azul",
        "€60.00",
        "Europe/Lisbon",
        "15:00–16:00",
      ]) {
        expect(body).toContain(said);
      }
    }
    expect(mail.text).toMatch(/Quantity: +2/);
    expect(mail.text).toContain("https://book.example/");
    expect(mail).toMatchObject({
      subject: "Confirmed: Chair by the window",
      to: { name: "Ana", address: ana.email },
    });
  });

  test("brings the booking as a calendar file", async () => {
    const { attachments } = await compose("booking-confirmed", someBooking());
    expect(attachments).toMatchObject([
      { filename: "booking.ics", contentType: "text/calendar; charset=utf-8; method=PUBLISH" },
    ]);
  });
});

describe("of a booking paid on arrival", () => {
  const onArrival = someBooking({ paidOnArrival: true });

  test("a confirmation says when it is paid", async () => {
    expect((await compose("booking-confirmed", onArrival)).text).toContain("€60.00, paid on arrival");
  });

  test("a cancellation and a no-show promise no money that nobody has paid", async () => {
    const money = { keepMinor: 0, refundMinor: 6000 };
    const cancelled = await compose("booking-cancelled", { ...onArrival, wasConfirmed: true, ...money });
    const missed = await compose("no-show", { ...onArrival, ...money });
    for (const { text } of [cancelled, missed]) expect(text).not.toMatch(/given back to you|Refund|is kept/);
  });
});

describe("a cancellation", () => {
  test("takes the booking out of the calendar it had reached", async () => {
    const { attachments } = await compose("booking-cancelled", { ...someBooking(), ...cancellation });
    expect(attachments).toMatchObject([{ contentType: "text/calendar; charset=utf-8; method=CANCEL" }]);
  });

  test("of a hold sends no calendar file, since no calendar knows of it, and says that nothing is charged", async () => {
    const hold = { ...someBooking(), wasConfirmed: false, keepMinor: 0, refundMinor: 6000 };
    const mail = await compose("booking-cancelled", hold);
    expect(mail.attachments).toEqual([]);
    expect(mail.text).toContain("Nothing is charged");
    expect(mail.text).not.toContain("Refund");
  });

  test.for([
    [3000, 3000, "€30.00 is given back to you; €30.00 is kept"],
    [0, 6000, "The whole amount, €60.00, is given back"],
    [6000, 0, "Nothing is given back"],
  ] as const)("that keeps %i and gives back %i says so", async ([keepMinor, refundMinor, said]) => {
    const data = { ...someBooking(), wasConfirmed: true, keepMinor, refundMinor };
    expect((await compose("booking-cancelled", data)).text).toContain(said);
  });

  test("of what cost nothing speaks of no refund", async () => {
    const total = { amountMinor: 0, currency: "EUR" };
    const data = { ...someBooking({ total }), wasConfirmed: true, keepMinor: 0, refundMinor: 0 };
    expect((await compose("booking-cancelled", data)).text).toContain("nothing to give back");
  });
});

describe("what happens to a booking later", () => {
  const until = "2026-11-20T18:00:00Z";
  const untilText = "Friday 20 November 2026, 18:00";
  const eur = (amountMinor: number) => ({ amountMinor, currency: "EUR" });
  const previous = { startsAt: "2026-11-30T15:00:00Z", endsAt: "2026-11-30T16:00:00Z", total: eur(5000) };
  const moved = { ...someBooking(), previous, keepMinor: 6000, refundMinor: 0 };

  test.for<[string, Template, AnyTemplateData, string[]]>([
    [
      "the vendor has to say yes",
      "approval-requested",
      { ...someBooking(), approvalExpiresAt: until },
      ["Your booking waits for approval", `Salon Azul answers by ${untilText}`, "nothing is charged before"],
    ],
    [
      "the vendor said no",
      "booking-declined",
      { ...someBooking(), reason: "booking/not-approved", byVendor: true },
      ["The vendor declined your request.", "Nothing is charged."],
    ],
    [
      "the vendor did not answer",
      "booking-declined",
      { ...someBooking(), reason: "booking/approval-expired", byVendor: true },
      ["did not answer your request in time", "Nothing is charged."],
    ],
    [
      "the vendor called it off",
      "booking-cancelled",
      { ...someBooking(), wasConfirmed: true, keepMinor: 0, refundMinor: 6000, byVendor: true },
      ["Salon Azul had to call it off", "The whole amount, €60.00, is given back"],
    ],
    [
      "it moved to a dearer time",
      "booking-rescheduled",
      moved,
      [
        "Monday 30 November 2026, 15:00–16:00",
        "Tuesday 1 December 2026",
        "The difference, €10.00, was paid.",
      ],
    ],
    [
      "it moved to a cheaper time",
      "booking-rescheduled",
      { ...moved, total: eur(4000), keepMinor: 4000, refundMinor: 1000 },
      ["The difference, €10.00, is given back to you.", "Total:   €40.00"],
    ],
    [
      "a difference is to be paid",
      "difference-due",
      { ...someBooking(), charge: 2, due: eur(1500), changeExpiresAt: until },
      ["costs €15.00 more", `held for you until ${untilText}`, "To pay:  €15.00"],
    ],
    [
      "the difference was not paid",
      "change-dropped",
      { ...someBooking(), charge: 2 },
      ["Your booking stays as it was", "Nothing more is charged."],
    ],
    [
      "the guest did not come",
      "no-show",
      { ...someBooking(), keepMinor: 4500, refundMinor: 1500 },
      ["you did not come", "€15.00 is given back to you; €45.00 is kept"],
    ],
    [
      "the guest did not come and nothing goes back",
      "no-show",
      { ...someBooking(), keepMinor: 6000, refundMinor: 0 },
      ["€60.00 is kept, under the rules"],
    ],
    [
      "what was waited for is free",
      "waitlist-offer",
      { ...someBooking(), entryId: newId("wtl"), holdExpiresAt: until },
      [`held for you until ${untilText}`, "yours once €60.00 is paid"],
    ],
  ])("is told: %s", async ([, template, data, said]) => {
    const { text } = await compose(template, data);
    for (const sentence of said) expect(text).toContain(sentence);
  });

  test("reaches the guest's calendar only where it changes what is in it", async () => {
    expect((await compose("booking-rescheduled", moved)).attachments).toMatchObject([
      { contentType: "text/calendar; charset=utf-8; method=PUBLISH" },
    ]);
    for (const template of ["approval-requested", "waitlist-offer"] as const) {
      const data = {
        ...someBooking(),
        approvalExpiresAt: until,
        holdExpiresAt: until,
        entryId: newId("wtl"),
      };
      expect((await compose(template, data)).attachments).toEqual([]);
    }
  });
});

test("a confirmation names everything that is taken along, and at what time where it is another", async () => {
  const along = { resourceId: newId("res"), quantity: 1, startsAt: "2026-12-01T15:00:00Z" };
  const { text } = await compose(
    "booking-confirmed",
    someBooking({
      people: 3,
      also: [
        { ...along, resourceTitle: "Mirror", endsAt: "2026-12-01T16:00:00Z" },
        { ...along, resourceTitle: "Sauna", quantity: 2, endsAt: "2026-12-01T17:00:00Z" },
      ],
    }),
  );
  expect(text).toMatch(/People: +3/);
  expect(text).toMatch(/Along with it: +Mirror$/m);
  expect(text).toMatch(/Along with it: +2 x Sauna, Tuesday 1 December 2026, 15:00–17:00/);
});

test("a declined payment is explained in words, and its code is not shown", async () => {
  const known = await compose("booking-declined", { ...someBooking(), reason: "payment/insufficient-funds" });
  expect(known.text).toContain("does not have enough funds");
  const unknown = await compose("booking-declined", { ...someBooking(), reason: "payment/new-in-2031" });
  expect(unknown.text).toContain("The payment was refused.");
  expect(known.text + unknown.text).not.toContain("payment/");
});

test("a hold that ended is not told as a payment that came too late, nor the other way round", async () => {
  const ended = await compose("hold-ended", { ...someBooking(), latePayment: false });
  const late = await compose("late-payment", { ...someBooking(), latePayment: true });
  expect(ended.text).toContain("Nothing is charged");
  expect(late.text).toContain("Your payment of €60.00 reached us after your hold had ended");
});

test("nothing a guest or vendor wrote is markup, a header or a line of its own", async () => {
  const booking = someBooking({
    resourceTitle: 'Room <script>alert("1")</script>\r\nBcc: eve@example.com',
    vendorName: "A & B's",
  });
  const mail = await compose("booking-confirmed", booking, {
    email: "x@example.com",
    name: "<b>\nTotal: €0.00",
  });
  expect(mail.html).not.toMatch(/<script|<b>|B's/);
  expect(mail.html).toContain("&lt;script&gt;");
  expect(mail.subject).not.toMatch(/[\r\n]/);
  expect(mail.text).not.toMatch(/^(Bcc|Total: +€0)/m);
});

test("a message composed again is the same mail, under the same Message-ID", async () => {
  const booking = someBooking();
  const first = await compose("booking-confirmed", booking);
  expect(await compose("booking-confirmed", booking)).toEqual(first);
  expect(first.messageId).toBe(`<${messageId}@holdfast.example>`);
});
