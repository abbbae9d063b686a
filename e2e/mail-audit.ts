/** What must be true of mails: each step a guest is told of is told once, whatever happened on the way. */
import type { ApiClient } from "@holdfast/testkit/platform/api-client";
import { until } from "@holdfast/testkit/until";
import { expect } from "vitest";
import type { World } from "./world.ts";

/** The mail that tells of each step in a booking's timeline; the other steps are told to nobody. */
const templateOfStep = `(values ('confirmed', 'booking-confirmed'), ('declined', 'booking-declined'),
  ('cancelled', 'booking-cancelled'), ('expired', 'hold-ended'), ('late-payment-returned', 'late-payment'))
  as told (what, template)`;

/** Waits until every step that a guest is told of has its message, and each message is sent. */
export async function mailed(world: World, deadlineMs = 30_000): Promise<void> {
  await until(
    "every mail to be sent",
    async () => {
      const { rows } = await world.sql.query<{ unsent: string }>(
        `select (select count(*) from booking.timeline join ${templateOfStep} using (what))
          - (select count(*) from notification.messages where status = 'sent') as unsent`,
      );
      return rows[0]?.unsent === "0";
    },
    deadlineMs,
  );
}

/**
 * Checks that the guests have a mail about each step of their bookings that they are told of, and none about anything
 * else. A mailbox shows a message once, by its Message-ID, however often it is delivered.
 * @returns how many deliveries were repetitions.
 */
export async function expectMailOnce(world: World, guests: readonly ApiClient[]): Promise<number> {
  const ids = guests.map((guest) => guest.user.userId);
  const due = await world.sql.query<{ step: string }>(
    `select concat_ws(' ', booking_id, t.version, template) as step from booking.timeline t
      join ${templateOfStep} using (what) join booking.bookings using (booking_id) where customer_id = any($1)`,
    [ids],
  );
  const written = await world.sql.query<{ step: string; message_id: string }>(
    `select concat_ws(' ', booking_id, booking_version, template) as step, message_id
      from notification.messages where user_id = any($1)`,
    [ids],
  );
  expect(due.rows.length).toBeGreaterThan(0);
  expect(written.rows.map((row) => row.step).toSorted()).toEqual(due.rows.map((row) => row.step).toSorted());
  const boxes = await Promise.all(
    guests.map((guest) => world.mails({ to: guest.user.email, duplicates: true })),
  );
  const delivered = boxes.flat().map((mail) => mail.messageId);
  const distinct = new Set(delivered);
  const expected = written.rows.map((row) => `<${row.message_id}@holdfast.example>`);
  expect([...distinct].toSorted()).toEqual(expected.toSorted());
  return delivered.length - distinct.size;
}
