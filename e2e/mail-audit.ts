/**
 * What must be true of mails: each step a guest is told of is told once, whatever happened on the way. Only a step whose
 * event came after the mail about a later one stays untold.
 */
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { expect } from "vitest";
import type { World } from "./world.ts";

/** The mail that tells of each step in a booking's timeline; the other steps are told to nobody. */
const templateOfStep = `(values ('confirmed', 'booking-confirmed'), ('declined', 'booking-declined'),
  ('cancelled', 'booking-cancelled'), ('expired', 'hold-ended'), ('late-payment-returned', 'late-payment'),
  ('balance-due-soon', 'balance-due-soon'), ('balance-failed', 'balance-failed'), ('balance-paid', 'balance-paid'),
  ('refund-given', 'goodwill-given'))
  as told (what, template)`;

interface Step {
  readonly booking_id: string;
  readonly version: number;
  readonly template: string;
}

const nameOf = ({ booking_id: id, version, template }: Step) => `${id} ${version} ${template}`;

/** Waits until the notification service has taken in every step that a guest is told of, and each message is sent. */
export async function mailed(world: World, deadlineMs = 30_000): Promise<void> {
  await until(
    "every mail to be sent",
    async () => {
      const { rows } = await world.sql.query<{ open: string }>(
        `with untold as (
          select booking_id, version from booking.timeline join ${templateOfStep} using (what)
          except select envelope ->> 'subject', (envelope ->> 'aggregateversion')::integer
            from booking.outbox join notification.inbox on event_id = id)
        select (select count(*) from untold)
          + (select count(*) from notification.messages
              where status = 'waiting' or (status = 'failed' and booking_id is not null)) as open`,
      );
      return rows[0]?.open === "0";
    },
    deadlineMs,
  );
}

/**
 * Checks that the guests have a mail about each step of their bookings that they are told of, but for those that a mail
 * about a later step of the booking overtook, and none about anything else. So the last step of each booking is told, and
 * a cancelled one has its cancellation and at most one confirmation. A mailbox shows a message once, by its Message-ID,
 * however often it is delivered.
 * @returns how many deliveries were repetitions.
 */
export async function expectMailOnce(world: World, guests: readonly ApiClient[]): Promise<number> {
  const ids = guests.map((guest) => guest.user.userId);
  const due = await world.sql.query<Step>(
    `select booking_id, t.version, template from booking.timeline t
      join ${templateOfStep} using (what) join booking.bookings using (booking_id) where customer_id = any($1)`,
    [ids],
  );
  const written = await world.sql.query<Step & { message_id: string }>(
    `select booking_id, booking_version as version, template, message_id
      from notification.messages where user_id = any($1) and booking_id is not null`,
    [ids],
  );
  const aboutAccounts = await world.sql.query<{ message_id: string }>(
    "select message_id from notification.messages where user_id = any($1) and booking_id is null and status = 'sent'",
    [ids],
  );
  expect(due.rows.length).toBeGreaterThan(0);
  const told = new Set(written.rows.map(nameOf));
  const lastTold = new Map<string, number>();
  for (const { booking_id: id, version } of written.rows) {
    lastTold.set(id, Math.max(version, lastTold.get(id) ?? 0));
  }
  const expectedSteps = due.rows.filter(
    (step) => told.has(nameOf(step)) || step.version > (lastTold.get(step.booking_id) ?? 0),
  );
  expect(written.rows.map(nameOf).toSorted()).toEqual(expectedSteps.map(nameOf).toSorted());
  const boxes = await Promise.all(
    guests.map((guest) => world.mails({ to: guest.user.email, duplicates: true })),
  );
  const delivered = boxes.flat().map((mail) => mail.messageId);
  const distinct = new Set(delivered);
  const expected = [...written.rows, ...aboutAccounts.rows].map(
    (row) => `<${row.message_id}@holdfast.example>`,
  );
  expect([...distinct].toSorted()).toEqual(expected.toSorted());
  return delivered.length - distinct.size;
}
