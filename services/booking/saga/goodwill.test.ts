import { describe, expect, test } from "vitest";
import type { BookingRow } from "../database.ts";
import { advance } from "./advance.ts";
import { reschedule } from "./move-booking.ts";
import { sampleChange } from "./sample-booking.fixture.ts";
import { apply, around, day, message, standing } from "./sample-saga.fixture.ts";

/** The booking, paid for, after so much was given back on top; it costs 5000, and 2500 are kept by its terms late on. */
function after(goodwillMinor: number, booking: BookingRow = standing.stay): BookingRow {
  const told = { ...message("goodwill", 5000 - goodwillMinor), goodwillMinor };
  return apply(booking, advance(booking, told, around())!);
}

const late = around(true, "2027-02-28T20:00:00Z");

describe("money given back on top", () => {
  test("leaves the booking as it stands, and is a line of its timeline", () => {
    const changes = advance(standing.stay, message("goodwill", 4000), around());
    expect(changes).toMatchObject({
      booking: { goodwill_minor: 1000 },
      allocation: "leave",
      announce: { with: { given: { amountMinor: 1000, currency: "EUR" }, keptMinor: 4000 } },
      timeline: { what: "refund-given", by: "payment", detail: { amountMinor: 1000, keptMinor: 4000 } },
    });
  });

  test("told late or again says nothing new", () => {
    const booking = after(2000);
    expect(advance(booking, message("goodwill", 4000), around())).toBeNull();
    expect(advance(booking, { ...message("goodwill", 3000), goodwillMinor: 2000 }, around())).toBeNull();
  });

  test("a second time, after the booking is over too, is told by how much more it was", () => {
    const over: BookingRow = { ...after(1000), saga_step: "done", step_deadline_at: null };
    const told = { ...message("goodwill", 2500), goodwillMinor: 2500 };
    const changes = advance(over, told, around())!;
    expect(changes.announce?.with).toMatchObject({ given: { amountMinor: 1500 }, keptMinor: 2500 });
    expect(apply(over, changes).saga_step).toBe("done");
  });

  test("of several charges is told whole by the first of them to have gone back", () => {
    const told = { ...message("goodwill", 4000), goodwillMinor: 3500 };
    const changes = advance(standing.stay, told, around());
    expect(changes?.announce?.with).toMatchObject({ given: { amountMinor: 3500 }, keptMinor: 1500 });
  });

  test("lets the saga settle at so much less than it asked to be kept, and at nothing else", () => {
    const capturing = after(1000, standing.capture);
    expect(advance(capturing, message("captured", 5000), around())).toBeNull();
    expect(advance(capturing, message("captured", 4000), around())?.booking.saga_step).toBe("stay");
  });

  test.each([
    [1000, { keepMinor: 2500, refundMinor: 2500 }, 1500],
    [4000, { keepMinor: 4000, refundMinor: 1000 }, 0],
  ])(
    "of %i comes on top of what a cancellation gives back, as far as there is any left",
    (given, told, kept) => {
      const booking = after(given);
      const changes = advance(booking, message("cancel"), late)!;
      expect(changes.announce?.with).toMatchObject(told);
      const cancelled = apply(booking, changes);
      expect(advance(cancelled, message("refunded", kept), around())?.booking.saga_step).toBe("done");
    },
  );

  test("of everything leaves a cancellation, a call-off, a no-show and a cheaper move nothing to wait for", () => {
    const booking = after(5000);
    const cancelled = advance(booking, message("cancel"), late);
    expect(cancelled?.announce?.with).toMatchObject({ refundMinor: 0 });
    expect(cancelled?.booking.saga_step).toBe("done");
    expect(advance(booking, message("call-off"), late)?.booking.saga_step).toBe("done");
    const missed = advance(booking, message("no-show"), around(true, day("09:30")));
    expect(missed?.booking.saga_step).toBe("done");
    const move = { ...sampleChange(), totalMinor: 4000 };
    const moved = reschedule(booking, move, { by: "usr_x", holdMinutes: 10 }, around());
    expect(moved.booking.saga_step).toBe("stay");
    expect(moved.announce?.with).toMatchObject({ keepMinor: 4000, refundMinor: 0 });
  });
});
