import { newId } from "@holdfast/contracts/ids";
import { startMailInbox } from "@holdfast/testkit/mail/mail-inbox";
import { expect, test } from "vitest";
import { someBooking } from "./booking-facts.fixture.ts";
import { composeMail } from "./compose-mail.ts";
import { openMailSender } from "./mail-sender.ts";

test("a mail is dated as RFC 5322 has it, with the time at which its message was written", async () => {
  await using inbox = await startMailInbox();
  using sender = openMailSender({ smtpUrl: inbox.smtpUrl, connections: 1, timeoutMs: 5_000 });
  const message = {
    message_id: newId("msg"),
    template: "booking-confirmed",
    data: someBooking(),
    booking_version: 2,
    created_at: "2026-11-01T10:00:07.250Z",
  } as const;
  const contact = { email: "ana@example.com", name: "Ana" };
  const from = { name: "Holdfast", address: "bookings@holdfast.example" };
  const mail = await composeMail(message, contact, { sender: from, publicUrl: undefined });
  expect(await sender.send(mail)).toEqual({ outcome: "accepted" });
  const raw = await (await fetch(new URL("/messages/1/raw", inbox.httpUrl))).text();
  expect(/^date:.*$/im.exec(raw)?.[0]).toBe("Date: Sun, 01 Nov 2026 10:00:07 +0000");
});
