import { randomUUID } from "node:crypto";
import { createBooking } from "@holdfast/contracts/api/booking";
import { cancelBooking, getTimeline } from "@holdfast/contracts/api/booking-life";
import { listBookingDocuments } from "@holdfast/contracts/api/documents";
import { logIn, logOut, refreshSession } from "@holdfast/contracts/api/sessions";
import { createUser } from "@holdfast/contracts/api/users";
import { secretsKept } from "@holdfast/testkit/platform/secret-traces";
import { until } from "@holdfast/testkit/until";
import ical from "ical.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectAllInOrder, settled } from "./audit.ts";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

describe("the main job", () => {
  test("log in, find a slot, book, pay, be confirmed, find the mail with its calendar file; cancel, see the money back", async () => {
    const resourceId = await world.publish();
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    const booked = await guest.book(
      { resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt, paymentMethod: "pm_card_visa" },
      { waitSeconds: 10 },
    );
    expect(booked).toMatchObject({ status: "confirmed", total: slot!.price, startsAt: slot!.startsAt });
    expect((await world.slots(resourceId)).map((free) => free.startsAt)).not.toContain(slot!.startsAt);
    const captured = await world.payment(guest, booked.bookingId, (payment) => payment.status === "captured");
    expect(captured.capturedMinor).toBe(1200);

    const mail = await until("the mail", async () => (await world.mails({ to: guest.user.email }))[0]);
    const calendar = await readCalendar(mail);
    expect(calendar.method).toBe("PUBLISH");
    expect(calendar.startsAt).toBe(slot!.startsAt);

    const cancelled = await guest.call(cancelBooking, { params: { bookingId: booked.bookingId } });
    expect(cancelled).toMatchObject({ status: "cancelled", refund: { amountMinor: 1200, currency: "EUR" } });
    expect((await world.slots(resourceId)).map((free) => free.startsAt)).toContain(slot!.startsAt);
    const refunded = await world.payment(guest, booked.bookingId, (payment) => payment.status === "refunded");
    expect(refunded.refundedMinor).toBe(1200);
    const second = await until("the mail of the cancellation", async () =>
      (await world.mails({ to: guest.user.email })).find((one) => one.id !== mail.id),
    );
    const withdrawn = await readCalendar(second);
    expect(withdrawn).toMatchObject({ method: "CANCEL", uid: calendar.uid });
    expect(withdrawn.sequence).toBeGreaterThan(calendar.sequence);
    await settled(world);
    const { entries } = await guest.call(getTimeline, { params: { bookingId: booked.bookingId } });
    expect(entries.map((entry) => entry.what)).toEqual([
      "held",
      "confirmed",
      "payment-captured",
      "cancelled",
      "payment-refunded",
    ]);
  });

  test("has its invoice, as a page that a browser applies nothing to but its styles, and as a file; and its credit note", async () => {
    const guest = await world.admin.register("customer");
    const resourceId = await world.publish();
    const [slot] = await world.slots(resourceId);
    const { startsAt, endsAt } = slot!;
    const asked = { resourceId, startsAt, endsAt, paymentMethod: "pm_card_visa" };
    const { bookingId } = await guest.book(asked, { waitSeconds: 10 });
    const documents = (many: number) =>
      until(`${many} documents`, async () => {
        const { items } = await guest.call(listBookingDocuments, { params: { bookingId } });
        return items.length === many && items;
      });
    const [invoice] = await documents(1);
    expect(invoice).toMatchObject({ kind: "invoice", total: { amountMinor: 1200, currency: "EUR" } });
    const get = (accept: string) =>
      fetch(`${guest.gatewayUrl}/v1/documents/${invoice?.documentId}`, {
        headers: { authorization: `Bearer ${guest.tokens.accessToken}`, accept },
      });
    const page = await get("text/html");
    expect(page.headers.get("content-security-policy")).toContain("style-src 'unsafe-inline'");
    expect(await page.text()).toContain(`<h1>Invoice</h1>`);
    const file = await get("application/pdf");
    expect(file.headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(
      Buffer.from(await file.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
    await guest.call(cancelBooking, { params: { bookingId } });
    expect(await documents(2)).toMatchObject([
      invoice,
      { kind: "credit-note", total: { amountMinor: 1200 }, invoice: { number: invoice?.number } },
    ]);
  });

  test("with a card that is declined: the refusal says why, the slot is free again, nothing is kept", async () => {
    const resourceId = await world.publish();
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    const asked = { resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt };
    const refused = await guest.book(
      { ...asked, paymentMethod: "pm_card_chargeDeclined" },
      { waitSeconds: 10 },
    );
    expect(refused).toMatchObject({ status: "declined", reason: "payment/card-declined" });
    const another = await world.admin.register("customer");
    const booked = await another.book({ ...asked, paymentMethod: "pm_card_visa" }, { waitSeconds: 10 });
    expect(booked.status).toBe("confirmed");
    const mail = await until("the mail", async () => (await world.mails({ to: guest.user.email }))[0]);
    expect(mail.attachments).toEqual([]);
    await settled(world);
    await expectAllInOrder(world);
  });

  test("with a guest who pays on their side: held, then confirmed by the provider's webhook", async () => {
    const resourceId = await world.publish();
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    const held = await guest.book({ resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt });
    expect(held.status).toBe("held");
    const payment = await world.payment(guest, held.bookingId, (one) => one.clientSecret !== null);
    await payInBrowser(payment.clientSecret!, "pm_card_visa");
    const booked = await world.booking(guest, held.bookingId, (booking) => booking.status === "confirmed");
    expect(booked.version).toBe(2);
  });

  test("with nobody who pays: the hold ends by the clock, and the slot is free again", async () => {
    const resourceId = await world.publish();
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    const held = await guest.book({ resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt });
    await world.moveClock(Temporal.Instant.from(held.holdExpiresAt).add({ seconds: 1 }));
    await world.booking(guest, held.bookingId, (booking) => booking.status === "expired");
    expect((await world.slots(resourceId)).map((free) => free.startsAt)).toContain(slot!.startsAt);
    await settled(world);
    await expectAllInOrder(world);
  });

  test("for nothing at all: a free resource is confirmed without a payment", async () => {
    const resourceId = await world.publish({ price: { per: "hour", amountMinor: 0, currency: "EUR" } });
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    const booked = await guest.book(
      { resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt },
      { waitSeconds: 10 },
    );
    expect(booked).toMatchObject({ status: "confirmed", total: { amountMinor: 0, currency: "EUR" } });
    await settled(world);
  });
});

describe("the door", () => {
  test("lets nobody book who is not logged in, and nobody see a stranger's booking", async () => {
    const resourceId = await world.publish();
    const [slot] = await world.slots(resourceId);
    const asked = { resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt };
    const nobody = await world.anyone.refusal(createBooking, { body: asked, idempotencyKey: "nobody" });
    expect(nobody.code).toBe("auth/token-missing");
    const guest = await world.admin.register("customer");
    const held = await guest.book(asked);
    const stranger = await world.admin.register("customer");
    const hidden = await stranger.refusal(cancelBooking, { params: { bookingId: held.bookingId } });
    expect(hidden.code).toBe("booking/not-found");
    await guest.call(cancelBooking, { params: { bookingId: held.bookingId } });
  });

  test("asks for an Idempotency-Key where money moves", async () => {
    const resourceId = await world.publish();
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    const body = { resourceId, startsAt: slot!.startsAt, endsAt: slot!.endsAt };
    expect((await guest.refusal(createBooking, { body })).code).toBe("request/idempotency-key-missing");
  });

  test("takes no refresh token of a session that has logged out", async () => {
    const guest = await world.admin.register("customer");
    const { refreshToken } = guest.tokens;
    await guest.call(logOut);
    const refused = await world.anyone.refusal(refreshSession, { body: { refreshToken } });
    expect(refused.code).toBe("auth/refresh-token-invalid");
  });
});

/** The calendar file of a mail: what it says about the event. */
async function readCalendar(mail: { id: string; attachments: readonly { contentType: string }[] }) {
  const index = mail.attachments.findIndex((one) => one.contentType.startsWith("text/calendar"));
  expect(index).toBeGreaterThanOrEqual(0);
  const response = await fetch(`${world.platform.urlOf("mail")}/messages/${mail.id}/attachments/${index}`);
  const calendar = new ical.Component(ical.parse(await response.text()) as string[]);
  const event = new ical.Event(calendar.getFirstSubcomponent("vevent")!);
  return {
    method: calendar.getFirstPropertyValue("method"),
    uid: event.uid,
    sequence: event.sequence,
    startsAt: Temporal.Instant.fromEpochMilliseconds(event.startDate.toJSDate().getTime()).toString(),
  };
}

/** The guest's browser confirms the payment with a card, by the client secret alone. */
async function payInBrowser(clientSecret: string, card: string): Promise<void> {
  const response = await fetch(`${world.platform.urlOf("stripe")}/_stand-in/confirm`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_secret: clientSecret, payment_method: card }),
  });
  expect(response.status).toBe(200);
}

describe("secrets and card data", () => {
  const password = `long-and-unlikely-${randomUUID()}`;

  test("a card number is no payment method, and no answer repeats it", async () => {
    const resourceId = await world.publish();
    const guest = await world.admin.register("customer");
    const [slot] = await world.slots(resourceId);
    for (const paymentMethod of ["4242424242424242", "4000 0025 0000 3155", "pm_4242424242424242"]) {
      const { startsAt, endsAt } = slot!;
      const body = { resourceId, startsAt, endsAt, paymentMethod };
      const refused = await guest.refusal(createBooking, { body, idempotencyKey: randomUUID() });
      expect(refused.status).toBe(400);
      expect(new Set(refused.errors?.map(({ field }) => field))).toEqual(new Set(["paymentMethod"]));
      expect(JSON.stringify(refused)).not.toContain(paymentMethod);
    }
  });

  test("stand in no table, stream, cache or log once all of it is over", async () => {
    const email = `secrets-${randomUUID()}@example.com`;
    await world.admin.call(createUser, { body: { email, password, name: "Guest", roles: ["customer"] } });
    const wrong = await world.anyone.refusal(logIn, { body: { email, password: `${password}-not` } });
    expect(wrong.status).toBe(401);
    await world.anyone.call(logIn, { body: { email, password } });
    expect(await secretsKept(world.platform, world.sql, [password])).toEqual([]);
  });

  test("are found where one is kept nevertheless", async () => {
    const card = { number: "4242424242424242" };
    await world.sql.query(
      "insert into payment.stripe_events (id, type, payload) values ('evt_kept_nevertheless', 'test', $1)",
      [JSON.stringify({ card })],
    );
    expect(await secretsKept(world.platform, world.sql, [])).toEqual([
      "a card number in payment.stripe_events",
    ]);
    await world.sql.query("delete from payment.stripe_events where id = 'evt_kept_nevertheless'");
  });
});
