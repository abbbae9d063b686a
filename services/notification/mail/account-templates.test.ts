import { accountMails } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import { describe, expect, test } from "vitest";
import type { OpenedTicket } from "../contacts/ticket-source.ts";
import { composeMail } from "./compose-mail.ts";

const publicUrl = "https://book.example/de";
const token = "01h455vb4pex5vsknk084sn02q.abc-DEF_123";
const links = {
  "verify-email": "verify-email",
  "reset-password": "reset-password",
  "confirm-new-email": "confirm-email",
};

function compose(changes: Partial<OpenedTicket>, url: string | null = publicUrl) {
  const ticket: OpenedTicket = {
    ticketId: newId("tkt"),
    mail: "password-changed",
    email: "ana@example.com",
    name: "Ana",
    token: null,
    expiresAt: null,
    facts: {},
    ...changes,
  };
  const message = {
    message_id: newId("msg"),
    template: "password-changed",
    data: null,
    booking_version: null,
    created_at: "2026-11-01T10:00:00Z",
  } as const;
  const sender = { name: "Holdfast", address: "bookings@holdfast.example" };
  return composeMail(
    message,
    { email: ticket.email, name: ticket.name, ticket },
    { sender, publicUrl: url ?? undefined },
  );
}

describe.each(accountMails)("the mail %s", (mail) => {
  const page = new Map(Object.entries(links)).get(mail);

  test("greets its person, says something, and brings no calendar file", async () => {
    const composed = await compose({ mail, token: page === undefined ? null : token });
    expect(composed.subject).not.toBe("");
    expect(composed.to).toEqual({ name: "Ana", address: "ana@example.com" });
    expect(composed.text).toMatch(/^Hello Ana,\n\n[^\n]+\.\n\n\S/);
    expect(composed.attachments).toEqual([]);
  });

  test("carries its link behind the #, in text and in HTML, and no other one", async () => {
    const { text, html } = await compose({ mail, token: page === undefined ? null : token });
    const found = [text, html].map((body) => /https:[^\s"]+\/account\/[^\s"]+/.exec(body)?.[0]);
    const link = page === undefined ? undefined : `https://book.example/de/account/${page}#token=${token}`;
    expect(found).toEqual([link, link]);
  });
});

test("a link without a public address is the token alone", async () => {
  const { text } = await compose({ mail: "reset-password", token }, null);
  expect(text).toContain(`Code: ${token}`);
  expect(text).not.toContain("http");
});

test("what auth tells of a device is shown, escaped; what it does not know how to name is not", async () => {
  const facts = { device: "<b>Firefox</b> on Linux", network: "203.0.113.0/24", country: "", secret: "hush" };
  const { text, html } = await compose({ mail: "new-device", facts });
  expect(text).toMatch(/Device: +<b>Firefox/);
  expect(text).toMatch(/Network: +203\.0\.113\.0\/24/);
  expect(text).not.toContain("Country");
  expect(html).toContain("&lt;b&gt;Firefox");
  expect(text + html).not.toContain("hush");
});

test("a mail of a later version is not made up", async () => {
  await expect(compose({ mail: "constructor" })).rejects.toThrow(/knows no mail constructor/);
});
