/** The service on real servers, from an event of booking's to the mail in the guest's mailbox. */
import type { RunningService } from "@holdfast/chassis/run";
import {
  bookingApprovalRequested,
  bookingCancelled,
  bookingChangeDropped,
  bookingChangeHeld,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  bookingNoShow,
  bookingRescheduled,
  waitlistOffered,
} from "@holdfast/contracts/events/booking";
import { notificationSent } from "@holdfast/contracts/events/notification";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import ICAL from "ical.js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { type NotificationWorld, startNotificationWorld } from "./notification-world.fixture.ts";
import { startNotification } from "./service.ts";

let world: NotificationWorld;
let service: RunningService;
const cancellation = { wasConfirmed: true, keepMinor: 0, refundMinor: 6000 };

beforeAll(async () => {
  world = await startNotificationWorld();
  service = await startNotification(readConfig(world.environment));
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  world.auth.isDown = false;
  await world.inbox.turn({});
  await world.inbox.empty();
});

describe("one mail an event", () => {
  test("however often the event comes, under its own id or another", async () => {
    const { booking, guest } = world.newBooking();
    const id = await world.say(bookingConfirmed, booking, 2);
    await world.say(bookingConfirmed, booking, 2, id);
    await world.say(bookingConfirmed, booking, 2);
    // What is said of another booking afterwards is through when its mail is: the repetitions are, too.
    const { booking: other } = world.newBooking();
    await world.say(bookingConfirmed, other, 2);
    await world.reaches(other.bookingId, "sent");
    await world.reaches(booking.bookingId, "sent");
    expect(await world.inbox.count()).toEqual({ received: 2, distinct: 2 });
    expect(await world.inbox.mailsTo(guest.email)).toMatchObject([
      { subject: "Confirmed: Chair by the window" },
    ]);
  });

  test("but none about what a later mail has overtaken: nobody reads of a cancelled booking that it is confirmed", async () => {
    const { booking, guest } = world.newBooking();
    await world.say(bookingCancelled, { ...booking, ...cancellation }, 3);
    await world.reaches(booking.bookingId, "sent");
    const late = await world.say(bookingConfirmed, booking, 2);
    await until("the confirmation to be taken in", async () => {
      const { rowCount } = await world.sql.query("select from inbox where event_id = $1", [late]);
      return rowCount === 1;
    });
    expect(await world.messagesOf(booking.bookingId)).toMatchObject([{ template: "booking-cancelled" }]);
    // What is said later of the same booking is told as ever.
    await world.say(bookingConfirmed, booking, 4);
    await world.reaches(booking.bookingId, "sent", "sent");
    const subjects = (await world.inbox.mailsTo(guest.email)).map(({ subject }) => subject);
    expect(subjects).toEqual(["Confirmed: Chair by the window", "Cancelled: Chair by the window"]);
  });

  test("for every way in which a hold can end", async () => {
    const declined = world.newBooking();
    const expired = world.newBooking();
    await world.say(bookingDeclined, { ...declined.booking, reason: "payment/card-declined" }, 2);
    await world.say(bookingExpired, { ...expired.booking, latePayment: false }, 2);
    await world.say(bookingExpired, { ...expired.booking, latePayment: true }, 3);
    await world.reaches(declined.booking.bookingId, "sent");
    await world.reaches(expired.booking.bookingId, "sent", "sent");
    const [refused] = await world.inbox.mailsTo(declined.guest.email);
    expect(refused?.text).toContain("Your bank declined the card");
    const [late, ended] = await world.inbox.mailsTo(expired.guest.email);
    expect([ended?.subject, late?.subject]).toEqual([
      "Your hold has ended: Chair by the window",
      "Your payment is given back: Chair by the window",
    ]);
  });

  test("for every step of a booking's life that the guest has to know of, and none where nothing is to be done", async () => {
    const { booking, guest } = world.newBooking();
    const at = "2026-11-20T18:00:00Z";
    const due = { amountMinor: 1500, currency: "EUR" };
    const previous = { startsAt: at, endsAt: booking.startsAt, total: booking.total };
    let mails = 0;
    // One after the other: what a later step has overtaken is not told.
    const isTold = () => world.reaches(booking.bookingId, ...Array.from({ length: ++mails }, () => "sent"));
    await world.say(waitlistOffered, { ...booking, entryId: newId("wtl"), holdExpiresAt: at }, 1);
    await isTold();
    await world.say(bookingApprovalRequested, { ...booking, approvalExpiresAt: at }, 2);
    await isTold();
    await world.say(bookingChangeHeld, { ...booking, charge: 2, due, changeExpiresAt: at }, 4);
    await isTold();
    const paid = { charge: 3, due, changeExpiresAt: at, paymentMethod: "pm_card_visa" };
    await world.say(bookingChangeHeld, { ...booking, ...paid }, 5);
    await world.say(bookingChangeDropped, { ...booking, charge: 3 }, 6);
    await isTold();
    await world.say(bookingRescheduled, { ...booking, previous, keepMinor: 6000, refundMinor: 0 }, 7);
    await isTold();
    await world.say(bookingNoShow, { ...booking, keepMinor: 6000, refundMinor: 0 }, 8);
    await isTold();
    const subjects = (await world.inbox.mailsTo(guest.email)).map(({ subject }) => subject.split(":")[0]);
    expect(new Set(subjects)).toEqual(
      new Set([
        "Free for you now",
        "Moved",
        "Not moved",
        "To pay for your change",
        "Waiting for approval",
        "We missed you",
      ]),
    );
    expect(subjects).toHaveLength(6);
  });

  test("though two replicas look for what there is to send", async () => {
    await using replica = await startNotification(readConfig(world.environment));
    expect(replica.port).not.toBe(service.port);
    const bookings = Array.from({ length: 60 }, () => world.newBooking().booking);
    await Promise.all(bookings.map((booking) => world.say(bookingConfirmed, booking, 2)));
    await until("all to be sent", async () => {
      const ids = bookings.map(({ bookingId }) => bookingId);
      const { rowCount } = await world.sql.query(
        "select from messages where booking_id = any($1) and status = 'sent'",
        [ids],
      );
      return rowCount === bookings.length;
    });
    expect(await world.inbox.count()).toEqual({ received: 60, distinct: 60 });
  });
});

test("the calendar file that arrives cancels the very event that an earlier one made", async () => {
  const { booking, guest } = world.newBooking({ resourceTitle: "Room 4; sea view, balcony" });
  await world.say(bookingConfirmed, booking, 2);
  // Told at once, the later might be written first, and then the earlier is not.
  await world.reaches(booking.bookingId, "sent");
  await world.say(bookingCancelled, { ...booking, ...cancellation }, 3);
  await world.reaches(booking.bookingId, "sent", "sent");
  const mails = await world.inbox.mailsTo(guest.email);
  const files = await Promise.all(mails.map((mail) => world.inbox.attachment(mail)));
  const [cancelled, published] = files.map((file) => {
    const calendar = new ICAL.Component(ICAL.parse(file) as unknown[]);
    const event = new ICAL.Event(calendar.getAllSubcomponents("vevent")[0]);
    return {
      method: calendar.getFirstPropertyValue("method"),
      uid: event.uid,
      sequence: event.sequence,
      event,
    };
  });
  expect(published).toMatchObject({ method: "PUBLISH", sequence: 2 });
  expect(cancelled).toMatchObject({ method: "CANCEL", uid: published?.uid, sequence: 3 });
  expect(published?.event.summary).toBe("Room 4; sea view, balcony");
});

describe("a mail server that says no", () => {
  test("for now is asked again, and the mail arrives once", async () => {
    await world.inbox.turn({ failNext: 1, code: 451 });
    const { booking, guest } = world.newBooking();
    await world.say(bookingConfirmed, booking, 2);
    await world.reaches(booking.bookingId, "sent");
    expect(await world.messagesOf(booking.bookingId)).toMatchObject([{ attempts: 2, error: null }]);
    expect(await world.inbox.mailsTo(guest.email)).toHaveLength(1);
  });

  test("for now holds a booking's later mail back, so that mails tell things in their order", async () => {
    await world.inbox.turn({ failNext: 2, code: 451 });
    const { booking, guest } = world.newBooking();
    await world.say(bookingConfirmed, booking, 2);
    await until("the first attempt", async () => (await world.messagesOf(booking.bookingId))[0]?.error);
    await world.say(bookingCancelled, { ...booking, ...cancellation }, 3);
    await world.reaches(booking.bookingId, "sent", "sent");
    const subjects = (await world.inbox.mailsTo(guest.email)).map(({ subject }) => subject);
    expect(subjects).toEqual(["Cancelled: Chair by the window", "Confirmed: Chair by the window"]);
  });

  test("for good is not asked again, and nothing is announced", async () => {
    await world.inbox.turn({ failNext: 1, code: 550 });
    const { booking } = world.newBooking();
    await world.say(bookingConfirmed, booking, 2);
    await world.reaches(booking.bookingId, "failed");
    const [message] = await world.messagesOf(booking.bookingId);
    expect(message).toMatchObject({ attempts: 1, error: "notification/mail-refused (smtp-550)" });
    const announced = await world.tap.collected(notificationSent);
    expect(announced.filter(({ subject }) => subject === message?.message_id)).toEqual([]);
  });
});

test("nobody is written to who no longer exists, and the message says why", async () => {
  const { booking } = world.newBooking({ customerId: newId("usr") });
  world.auth.people.clear();
  await world.say(bookingConfirmed, booking, 2);
  await world.reaches(booking.bookingId, "failed");
  expect(await world.messagesOf(booking.bookingId)).toMatchObject([{ error: "notification/no-contact" }]);
  expect(await world.inbox.count()).toEqual({ received: 0, distinct: 0 });
});

test("while auth is down messages wait, uncounted, and are sent once when it is back", async () => {
  world.auth.isDown = true;
  const { booking, guest } = world.newBooking();
  const askedBefore = world.auth.asked;
  await world.say(bookingConfirmed, booking, 2);
  await until("auth to be asked twice", () => world.auth.asked >= askedBefore + 2);
  await until("the message to be given back", async () => {
    const [message] = await world.messagesOf(booking.bookingId);
    return message?.attempts === 0 && message.status === "waiting";
  });
  world.auth.isDown = false;
  await world.reaches(booking.bookingId, "sent");
  expect(await world.messagesOf(booking.bookingId)).toMatchObject([{ attempts: 1 }]);
  expect(await world.inbox.mailsTo(guest.email)).toHaveLength(1);
});

test("a sent message is announced once, with ids alone", async () => {
  const { booking } = world.newBooking();
  await world.say(bookingConfirmed, booking, 2);
  await world.reaches(booking.bookingId, "sent");
  const [message] = await world.messagesOf(booking.bookingId);
  const about = () =>
    world.tap
      .collected(notificationSent)
      .then((all) => all.filter(({ subject }) => subject === message?.message_id));
  await until("its announcement", async () => (await about()).length > 0);
  expect((await about()).map(({ data }) => data)).toEqual([
    {
      messageId: message?.message_id,
      userId: booking.customerId,
      template: "booking-confirmed",
      bookingId: booking.bookingId,
    },
  ]);
});

describe("the caller's messages", () => {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${service.port}${path}`, { headers });
    const body = (await response.json()) as {
      items?: { bookingId: string }[];
      next?: string | null;
      code?: string;
    };
    return { status: response.status, link: response.headers.get("link"), body };
  };

  test("are listed newest first, page by page, and nobody else's are among them", async () => {
    const { booking } = world.newBooking();
    const customerId = booking.customerId as `usr_${string}`;
    const me = world.signer.authorization({ userId: customerId, roles: ["customer"] });
    for (const version of [2, 3, 4]) {
      const again = { ...booking, bookingId: newId("bkg") };
      await world.say(bookingConfirmed, again, version);
      await world.reaches(again.bookingId, "sent");
    }
    await world.say(bookingConfirmed, world.newBooking().booking, 2);
    const all = await get("/v1/messages", me);
    expect(all).toMatchObject({ status: 200, link: null, body: { next: null } });
    expect(all.body.items).toHaveLength(3);
    expect(all.body.items?.[0]).toMatchObject({ template: "booking-confirmed", status: "sent" });

    const first = await get("/v1/messages?limit=2", me);
    expect(first.body.items).toEqual(all.body.items?.slice(0, 2));
    const nextPath = /^<([^>]+)>; rel="next"$/.exec(first.link ?? "")?.[1] ?? "";
    expect(nextPath).toContain(`after=${first.body.next}`);
    const second = await get(nextPath, me);
    expect(second.body).toEqual({ items: all.body.items?.slice(2), next: null });
  });

  test("need a token, and a cursor of theirs", async () => {
    expect(await get("/v1/messages")).toMatchObject({ status: 401 });
    const me = world.signer.authorization({ roles: ["customer"] });
    expect(await get("/v1/messages?after=nonsense", me)).toMatchObject({
      status: 400,
      body: { code: "request/invalid" },
    });
  });
});
