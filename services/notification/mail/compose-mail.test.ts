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
