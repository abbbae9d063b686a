import { bookingCancelled, bookingConfirmed, bookingExpired } from "@holdfast/contracts/events/booking";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BookingRow } from "../database.ts";
import { advance, type SagaChanges, type SagaMessage, type Surroundings } from "./advance.ts";
import { bookingSaga, messageKinds, steps, type MessageKind, type Step } from "./saga-table.ts";
import { sampleBooking } from "./sample-booking.fixture.ts";

/** When the sample's steps are due. */
const deadline = "2027-02-20T00:10:00Z";

const around = (slotIsFree = true, now = deadline): Surroundings => ({
  now: Temporal.Instant.from(now),
  machineNow: Temporal.Instant.from(now),
  slotIsFree,
});

const message = (kind: MessageKind, keptMinor?: number): SagaMessage => ({
  kind,
  by: kind === "deadline" ? "clock" : kind === "cancel" ? "usr_x" : "payment",
  ...(keptMinor === undefined ? undefined : { keptMinor }),
});

/** A booking as it stands in each step, and payment's answer that the step waits for. */
const standing: Readonly<Record<Step, BookingRow>> = {
  pay: sampleBooking(),
  capture: sampleBooking({ status: "confirmed", saga_step: "capture", version: 2 }),
  "give-back": sampleBooking({ status: "expired", saga_step: "give-back", keep_minor: 0, version: 2 }),
  done: sampleBooking({ status: "confirmed", saga_step: "done", step_deadline_at: null, version: 3 }),
};

/** What the calendar holds after the changes, given what it held before. */
function holdsAfter(before: boolean, changes: SagaChanges): boolean {
  return changes.allocation === "leave" ? before : changes.allocation === "take";
}

function apply(booking: BookingRow, changes: SagaChanges): BookingRow {
  return { ...booking, ...changes.booking, version: booking.version + 1 };
}

describe.each(steps)("step %s", (step) => {
  const definition = bookingSaga[step];
  const booking = standing[step];
  const answers = (kind: MessageKind) => message(kind, booking.keep_minor);

  test.each(messageKinds)("does what the table says on %s, once", (kind) => {
    const changes = advance(booking, answers(kind), around());
    expect(changes !== null).toBe(definition.on[kind] !== undefined);
    const after = changes ? apply(booking, changes) : booking;
    const again = changes ? advance(after, answers(kind), around()) : null;
    expect(again).toBeNull();
  });

  test("has a deadline unless nothing is awaited, and a message for when it passes", () => {
    expect(definition.deadline !== null).toBe(step !== "done");
    expect(definition.on.deadline !== undefined).toBe(step !== "done");
  });

  test.each(messageKinds)(
    "leaves the slot taken exactly while the booking is held or confirmed, after %s",
    (kind) => {
      for (const slotIsFree of [true, false]) {
        const changes = advance(booking, answers(kind), around(slotIsFree));
        const after = changes ? apply(booking, changes) : booking;
        const held = ["held", "confirmed"].includes(booking.status);
        const holds = changes ? holdsAfter(held, changes) : held;
        expect(holds).toBe(["held", "confirmed"].includes(after.status));
      }
    },
  );
});

describe("any run of messages, repeated and in any order,", () => {
  const run = fc.array(
    fc.record({
      kind: fc.constantFrom(...messageKinds),
      keptMinor: fc.constantFrom(0, 2500, 5000),
      slotIsFree: fc.boolean(),
    }),
    { maxLength: 14 },
  );

  test("keeps slot, status and money in step with each other", () => {
    fc.assert(
      fc.property(run, (messages) => {
        let booking = sampleBooking();
        let holdsSlot = true;
        for (const { kind, keptMinor, slotIsFree } of messages) {
          const changes = advance(
            booking,
            message(kind, keptMinor),
            around(slotIsFree, "2027-02-25T00:00:00Z"),
          );
          if (!changes) continue;
          holdsSlot = holdsAfter(holdsSlot, changes);
          booking = apply(booking, changes);
          expect(holdsSlot).toBe(["held", "confirmed"].includes(booking.status));
          expect(booking.step_deadline_at === null).toBe(booking.saga_step === "done");
          const toKeep: Partial<Record<string, number>> = { held: 5000, confirmed: 5000, declined: 0, expired: 0 };
          expect(booking.keep_minor).toBe(toKeep[booking.status] ?? booking.keep_minor);
          expect(changes.announce?.event === bookingConfirmed).toBe(changes.booking.status === "confirmed");
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("cancelling", () => {
  const confirmed = standing.capture;

  test("in good time gives everything back", () => {
    const changes = advance(confirmed, message("cancel"), around());
    expect(changes?.announce).toEqual({
      event: bookingCancelled,
      with: { wasConfirmed: true, keepMinor: 0, refundMinor: 5000 },
    });
  });

  test("late keeps the share that was agreed, and is settled only by exactly that", () => {
    const changes = advance(confirmed, message("cancel"), around(true, "2027-02-28T20:00:00Z"))!;
    expect(changes.announce?.with).toMatchObject({ keepMinor: 2500, refundMinor: 2500 });
    const cancelled = apply(confirmed, changes);
    expect(advance(cancelled, message("captured", 5000), around())).toBeNull();
    expect(advance(cancelled, message("captured", 2500), around())?.booking.saga_step).toBe("done");
  });
});

test("a booking that has begun cannot be cancelled, whatever was seen of it before", () => {
  const begun = around(true, standing.capture.starts_at);
  expect(advance(standing.capture, message("cancel"), begun)).toBeNull();
  expect(advance(standing.pay, message("cancel"), begun)?.booking.status).toBe("cancelled");
});

describe("a payment after the hold has ended", () => {
  test("takes the slot again where it is still free", () => {
    const changes = advance(standing["give-back"], message("authorised"), around(true));
    expect(changes).toMatchObject({ allocation: "take", booking: { status: "confirmed", keep_minor: 5000 } });
  });

  test("is given back where the slot has gone", () => {
    const changes = advance(standing["give-back"], message("authorised"), around(false));
    expect(changes).toMatchObject({
      allocation: "leave",
      announce: { event: bookingExpired, with: { latePayment: true } },
    });
  });

  test("that was voided before it was heard of changes nothing", () => {
    const settled = apply(
      standing["give-back"],
      advance(standing["give-back"], message("voided", 0), around())!,
    );
    expect(advance(settled, message("authorised"), around())).toBeNull();
  });
});

test("a deadline that has not come changes nothing", () => {
  expect(advance(standing.pay, message("deadline"), around(true, "2027-02-20T00:09:59Z"))).toBeNull();
});

test("an unanswered step is parked for a person, and an answer that comes after all unparks it", () => {
  const parked = apply(standing.capture, advance(standing.capture, message("deadline"), around())!);
  expect(parked.parked_at).not.toBeNull();
  const settled = apply(parked, advance(parked, message("captured", 5000), around())!);
  expect(settled).toMatchObject({ saga_step: "done", parked_at: null, parked_reason: null });
});
