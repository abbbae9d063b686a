/** The service on real servers, from auth's word that a mail is wanted to the mail in somebody's mailbox. */
import type { RunningService } from "@holdfast/chassis/run";
import { type AccountMail, userMailRequested } from "@holdfast/contracts/events/auth";
import { bookingConfirmed } from "@holdfast/contracts/events/booking";
import { notificationSent } from "@holdfast/contracts/events/notification";
import { type Id, newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { type NotificationWorld, startNotificationWorld } from "./notification-world.fixture.ts";
import { startNotification } from "./service.ts";

const token = "01h455vb4pex5vsknk084sn02q.abc-DEF_123";

let world: NotificationWorld;
let service: RunningService;

beforeAll(async () => {
  world = await startNotificationWorld();
  service = await startNotification(readConfig(world.environment));
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});
afterEach(() => {
  world.auth.isDown = false;
});

let people = 0;

/** A ticket that auth opens. */
function newTicket(mail: AccountMail, { hasAccount = true } = {}) {
  const userId = hasAccount ? newId("usr") : undefined;
  const ticketId = newId("tkt");
  const email = `somebody${(people += 1)}@example.com`;
  const hasLink = mail === "verify-email";
  world.auth.tickets.set(ticketId, {
    ticketId,
    mail,
    email,
    name: "Ana",
    token: hasLink ? token : null,
    expiresAt: null,
    facts: {},
  });
  return { ticketId, userId, email, mail };
}

const say = ({
  ticketId,
  userId,
  mail,
}: Pick<ReturnType<typeof newTicket>, "ticketId" | "userId" | "mail">) =>
  world.tap.emit(userMailRequested, {
    subject: ticketId,
    version: 1,
    data: { ticketId, mail, ...(userId && { userId }) },
  });

async function messagesOf(ticketId: Id<"tkt">) {
  const { rows } = await world.sql.query<{
    message_id: Id<"msg">;
    status: string;
    error: string | null;
    attempts: number;
  }>("select message_id, status, error, attempts from messages where ticket_id = $1", [ticketId]);
  return rows;
}

const reaches = (ticketId: Id<"tkt">, status: string) =>
  until(`a message that is ${status}`, async () => (await messagesOf(ticketId))[0]?.status === status);

test("a ticket becomes one mail, however often it is asked for, with the link auth gives in that moment", async () => {
  const ticket = newTicket("verify-email", { hasAccount: false });
  await say(ticket);
  await say(ticket);
  await reaches(ticket.ticketId, "sent");
  const after = newTicket("password-changed");
  await say(after);
  await reaches(after.ticketId, "sent");
  expect(await messagesOf(ticket.ticketId)).toHaveLength(1);
  const [mail, ...more] = await world.inbox.mailsTo(ticket.email);
  expect(more).toEqual([]);
  expect(mail?.subject).toBe("Confirm your e-mail address");
  expect(mail?.text).toContain(`https://book.example/account/verify-email#token=${token}`);
});

test("neither link nor address is kept", async () => {
  const ticket = newTicket("verify-email");
  await say(ticket);
  await reaches(ticket.ticketId, "sent");
  const { rows } = await world.sql.query<{ text: string }>(
    "select m::text as text from messages m union all select o::text from outbox o",
  );
  const stored = JSON.stringify(rows);
  expect(stored).toContain(ticket.ticketId);
  expect(stored).not.toContain(token);
  expect(stored).not.toContain(ticket.email);
});

test("its owner finds it among their messages, and others hear of it by ids alone", async () => {
  const ticket = newTicket("password-changed");
  await say(ticket);
  await reaches(ticket.ticketId, "sent");
  const headers = world.signer.authorization({ userId: ticket.userId!, roles: ["customer"] });
  const answer = await fetch(`http://127.0.0.1:${service.port}/v1/messages`, { headers });
  const [message] = await messagesOf(ticket.ticketId);
  expect(await answer.json()).toMatchObject({
    items: [
      { messageId: message?.message_id, template: "password-changed", bookingId: null, status: "sent" },
    ],
  });
  const told = await until("the event", async () =>
    (await world.tap.collected(notificationSent)).find(({ subject }) => subject === message?.message_id),
  );
  expect(told.data).toMatchObject({ userId: ticket.userId, template: "password-changed", bookingId: null });
});

test("one whose ticket can no longer be opened is dropped as outdated, and never tried", async () => {
  const ticket = newTicket("reset-password");
  world.auth.tickets.delete(ticket.ticketId);
  await say(ticket);
  await reaches(ticket.ticketId, "failed");
  expect(await messagesOf(ticket.ticketId)).toMatchObject([{ error: "notification/ticket-outdated" }]);
  expect(await world.inbox.mailsTo(ticket.email)).toEqual([]);
});

test("while auth is away it waits, uncounted, and is sent when auth is back, beside mails about bookings", async () => {
  world.auth.isDown = true;
  const ticket = newTicket("account-exists");
  const { booking, guest } = world.newBooking();
  await say(ticket);
  await world.say(bookingConfirmed, booking, 2);
  await until("an attempt that came to nothing", async () => {
    const [message] = await messagesOf(ticket.ticketId);
    return message?.status === "waiting" && message.error === "no-answer-from-auth" && message.attempts === 0;
  });
  world.auth.isDown = false;
  await reaches(ticket.ticketId, "sent");
  await world.reaches(booking.bookingId, "sent");
  expect(await world.inbox.mailsTo(ticket.email)).toHaveLength(1);
  expect(await world.inbox.mailsTo(guest.email)).toHaveLength(1);
});
