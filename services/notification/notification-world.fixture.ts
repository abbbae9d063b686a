/** The notification service on real servers, with a test in place of booking, auth and everybody's mailbox. */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import { openEventTap } from "@holdfast/testkit/bus/event-tap";
import { type MailInbox, startMailInbox } from "@holdfast/testkit/mail/mail-inbox";
import { type ServicePlatform, startServicePlatform } from "@holdfast/testkit/services/service-platform";
import { until } from "@holdfast/testkit/until";
import { clientSecret, startAuthStandIn } from "./auth-stand-in.fixture.ts";
import { someBooking } from "./mail/booking-facts.fixture.ts";

/** A message's row, as a test looks at it. */
export interface StoredMessage {
  readonly message_id: Id<"msg">;
  readonly template: string;
  readonly status: string;
  readonly attempts: number;
  readonly error: string | null;
}

/** A mail as the inbox lists it. */
export interface ReceivedMail {
  readonly id: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
  readonly attachments: readonly { readonly contentType: string }[];
}

/** What is in everybody's mailbox, and how the mail server is to behave. */
export function mailboxOf(inbox: Pick<MailInbox, "httpUrl">) {
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(new URL(path, inbox.httpUrl), {
      ...init,
      signal: AbortSignal.timeout(5_000),
    });
    return response;
  };
  return {
    /** Of one person, newest first; repeated deliveries of one Message-ID once. */
    mailsTo: async (address: string) => {
      const response = await ask(`/messages?to=${encodeURIComponent(address)}`);
      return ((await response.json()) as { messages: ReceivedMail[] }).messages;
    },
    count: async () => (await (await ask("/count")).json()) as { received: number; distinct: number },
    attachment: async (mail: ReceivedMail) => (await ask(`/messages/${mail.id}/attachments/0`)).text(),
    turn: (switches: Record<string, number>) =>
      ask("/switches", { method: "PUT", body: JSON.stringify(switches) }),
    empty: () => ask("/messages", { method: "DELETE" }),
  };
}

/** A booking's messages, in the order of its versions. */
async function storedMessages(sql: ServicePlatform["sql"], bookingId: Id<"bkg">): Promise<StoredMessage[]> {
  const { rows } = await sql.query<StoredMessage>(
    "select message_id, template, status, attempts, error from messages where booking_id = $1 order by booking_version, template",
    [bookingId],
  );
  return rows;
}

/** Starts everything but the service itself, which is started with `environment`. */
export async function startNotificationWorld() {
  await using stack = new AsyncDisposableStack();
  const { nats, signer, sql, ...platform } = stack.use(await startServicePlatform("notification"));
  const auth = stack.use(await startAuthStandIn(signer));
  const inbox = stack.use(await startMailInbox());
  const tap = stack.use(await openEventTap(nats));
  const environment = {
    ...platform.environment,
    AUTH_URL: auth.url,
    SMTP_URL: inbox.smtpUrl,
    MAIL_FROM: "Holdfast <bookings@holdfast.example>",
    CLIENT_SECRET: clientSecret,
    PUBLIC_URL: "https://book.example/",
  };
  const messagesOf = (bookingId: Id<"bkg">) => storedMessages(sql, bookingId);
  let guests = 0;
  const owned = stack.move();
  return {
    environment,
    signer,
    auth,
    inbox: mailboxOf(inbox),
    tap,
    sql,
    messagesOf,
    /** A booking of a new guest, whom auth knows. */
    newBooking(changes: Partial<BookingFacts> = {}) {
      guests += 1;
      const guest = { email: `guest${guests}@example.com`, name: `Guest Number ${guests}` };
      const booking = someBooking(changes);
      auth.people.set(booking.customerId as Id<"usr">, guest);
      return { booking, guest };
    },
    /** Booking says it: the event goes out, under a new id where none is given. */
    say<D extends BookingFacts>(event: EventDefinition<D>, data: D, version: number, id = newId("evt")) {
      return tap.emit(event, { subject: data.bookingId, version, data, id });
    },
    /** Waits until a booking's messages have these states, in the order of its versions. */
    reaches: (bookingId: Id<"bkg">, ...statuses: string[]) =>
      until(`messages ${statuses.join(", ")}`, async () => {
        const now = (await messagesOf(bookingId)).map(({ status }) => status);
        return now.join() === statuses.join();
      }),
    /** Time passes for a booking's messages alone: claims end and retries fall due. */
    fallsDue: (bookingId: Id<"bkg">) =>
      sql.query("update messages set next_attempt_at = now() where booking_id = $1 and status = 'waiting'", [
        bookingId,
      ]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
export type NotificationWorld = Awaited<ReturnType<typeof startNotificationWorld>>;
