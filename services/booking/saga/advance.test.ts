import { bookingConfirmed } from "@holdfast/contracts/events/booking";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { transitions, whyNot } from "../bookings/transitions.ts";
import type { BookingRow } from "../database.ts";
import { advance } from "./advance.ts";
import type { SagaChanges, Surroundings } from "./changes.ts";
import { reschedule } from "./move-booking.ts";
import { paidMinor } from "../pricing/deposit.ts";
import { sampleChange } from "./sample-booking.fixture.ts";
import {
  apply,
  approval,
  around,
  day,
  deadline,
  holding,
  holdsAfter,
  message,
  standing,
  withBalance,
} from "./sample-saga.fixture.ts";
import { bookingSaga, messageKinds, steps, type MessageKind } from "./saga-table.ts";

/** When a message has its hour, and the status it wants, where that is not any time and any status. */
const hours: Partial<Record<MessageKind, { readonly at: string; readonly status?: BookingRow["status"] }>> = {
  "check-in": { at: day("08:00") },
  complete: { at: day("09:30"), status: "checked-in" },
  "no-show": { at: day("09:15") },
};

describe.each(steps)("step %s", (step) => {
  const definition = bookingSaga[step];
  // What payment says of the difference that a move waits for is no news of money that it keeps.
  const keepsSilent = (kind: MessageKind) => step === "change" && kind.startsWith("difference");
  const answers = (kind: MessageKind) =>
    message(kind, keepsSilent(kind) ? undefined : standing[step].keep_minor);
  const ready = (kind: MessageKind): [BookingRow, string] => {
    const { at, status } = hours[kind] ?? {};
    // A balance is heard of where there is one.
    const booking = kind.startsWith("balance-") ? withBalance(standing[step]) : standing[step];
    const isDue = kind === "deadline" && booking.step_deadline_at !== null;
    const when = isDue ? (booking.step_deadline_at ?? deadline) : (at ?? deadline);
    return [status && step !== "done" ? { ...booking, status } : booking, when];
  };

  test.each(messageKinds)("does what the table says on %s, once", (kind) => {
    const [booking, when] = ready(kind);
    const changes = advance(booking, answers(kind), around(true, when));
    expect(changes !== null).toBe(definition.on[kind] !== undefined);
    const after = changes ? apply(booking, changes) : booking;
    const again = changes ? advance(after, answers(kind), around(true, when)) : null;
    expect(again).toBeNull();
  });

  test("has a deadline unless nothing is awaited, and a message for when it passes", () => {
    expect(definition.deadline !== null).toBe(step !== "done");
    expect(definition.on.deadline !== undefined).toBe(step !== "done");
  });

  test.each(messageKinds)("leaves the slot taken exactly where the booking has a time, after %s", (kind) => {
    const [booking, when] = ready(kind);
    for (const slotIsFree of [true, false]) {
      const changes = advance(booking, answers(kind), around(slotIsFree, when));
      const after = changes ? apply(booking, changes) : booking;
      const holds = holding.includes(booking.status);
      expect(changes ? holdsAfter(holds, changes) : holds).toBe(holding.includes(after.status));
    }
  });
});

describe("any run of messages and moves, repeated and in any order,", () => {
  const run = fc.array(
    fc.record({
      kind: fc.constantFrom(...messageKinds, "reschedule" as const),
      keptMinor: fc.constantFrom(0, 1500, 2500, 4000, 5000, 7000),
      charge: fc.constantFrom(2, 3),
      slotIsFree: fc.boolean(),
      at: fc.constantFrom(
        "2027-02-19T00:00:00Z",
        "2027-02-25T00:00:00Z",
        day("08:30"),
        day("09:30"),
        "2027-03-09T00:00:00Z",
      ),
    }),
    { maxLength: 20 },
  );

  test("keeps slot, status, step and money in step with each other, by the table of transitions", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        run,
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom(...steps),
        (messages, wantsApproval, hasDeposit, step) => {
          let booking = hasDeposit ? withBalance(standing[step]) : standing[step];
          if (wantsApproval) booking = { ...booking, policies: { ...booking.policies, approval } };
          let holdsSlot = holding.includes(booking.status);
          for (const { kind, keptMinor, charge, slotIsFree, at } of messages) {
            const when = around(slotIsFree, at);
            const changes =
              kind === "reschedule"
                ? move(booking, keptMinor, when)
                : advance(booking, message(kind, keptMinor, charge), when);
            if (!changes) continue;
            const before = booking;
            holdsSlot = holdsAfter(holdsSlot, changes);
            booking = apply(booking, changes);
            seen.add(`${before.status} ${booking.status}`);
            expectConsistent(booking, holdsSlot);
            expectAllowed(before, booking);
            expect(changes.announce?.event === bookingConfirmed).toBe(changes.booking.status === "confirmed");
          }
        },
      ),
      { numRuns: 3000 },
    );
    // Every transition of the table was taken: it names none that cannot happen.
    for (const { from, to } of transitions) for (const one of from) expect(seen).toContain(`${one} ${to}`);
  });

  function move(booking: BookingRow, totalMinor: number, when: Surroundings): SagaChanges | null {
    if (booking.change || whyNot(booking, "reschedule", "guest", when.now) !== undefined) return null;
    return reschedule(booking, { ...sampleChange(), totalMinor }, { by: "usr_x", holdMinutes: 10 }, when);
  }

  function expectConsistent(booking: BookingRow, holdsSlot: boolean): void {
    expect(holdsSlot).toBe(holding.includes(booking.status));
    expect(booking.step_deadline_at === null).toBe(booking.saga_step === "done");
    expect(booking.change !== null).toBe(booking.saga_step === "change");
    const { status, keep_minor } = booking;
    const paid = paidMinor(booking);
    const keepsAll = ["held", "awaiting-approval", "confirmed", "checked-in", "completed"].includes(status);
    const keepsNone = status === "declined" || status === "expired";
    expect(paid).toBeGreaterThanOrEqual(0);
    expect(keep_minor).toBeGreaterThanOrEqual(keepsAll ? paid : 0);
    expect(keep_minor).toBeLessThanOrEqual(keepsNone ? 0 : paid);
  }

  function expectAllowed(before: BookingRow, after: BookingRow): void {
    if (before.status === after.status) return;
    const rows = transitions.filter(
      (row) => (row.from as readonly string[]).includes(before.status) && row.to === after.status,
    );
    expect(rows, `${before.status} to ${after.status}`).not.toEqual([]);
  }
});
