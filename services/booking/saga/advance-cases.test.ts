/** What single messages do, case by case; that all of them fit together is shown beside the table itself. */
import {
  bookingApprovalRequested,
  bookingCancelled,
  bookingChangeDropped,
  bookingDeclined,
  bookingExpired,
  bookingNoShow,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import { describe, expect, test } from "vitest";
import { advance } from "./advance.ts";
import { reschedule } from "./move-booking.ts";
import { sampleChange } from "./sample-booking.fixture.ts";
import {
  apply,
  approval,
  around,
  day,
  deadline,
  message,
  policies,
  standing,
} from "./sample-saga.fixture.ts";

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

  test("where everything is kept that was captured asks nothing more of payment", () => {
    const cancellation = { fullRefundUntilHours: 8784, tiers: [], refundPercentAfter: 0 };
    const stay = { ...standing.stay, cancellation };
    expect(advance(stay, message("cancel"), around())?.booking).toMatchObject({
      saga_step: "done",
      keep_minor: 5000,
    });
    expect(advance({ ...stay, saga_step: "capture" }, message("cancel"), around())?.booking.saga_step).toBe(
      "give-back",
    );
  });

  test("by the vendor gives everything back, however late, and says so", () => {
    const late = around(true, day("09:30"));
    const changes = advance(
      confirmed,
      { ...message("call-off"), reason: "booking/called-off", said: "Burst pipe" },
      late,
    );
    expect(changes?.announce?.with).toEqual({
      wasConfirmed: true,
      keepMinor: 0,
      refundMinor: 5000,
      byVendor: true,
    });
    expect(changes?.timeline.detail).toMatchObject({ said: "Burst pipe" });
    expect(advance(confirmed, message("call-off"), around(true, confirmed.ends_at))).toBeNull();
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
    expect(changes).toMatchObject({
      allocation: "taken",
      booking: { status: "confirmed", keep_minor: 5000 },
    });
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

describe("approval", () => {
  const asking = { ...standing.pay, policies: { ...policies, approval } };

  test("is asked for once paid, for as long as the terms say, and never beyond the start", () => {
    const asked = advance(asking, message("authorised"), around());
    expect(asked?.announce).toEqual({
      event: bookingApprovalRequested,
      with: { approvalExpiresAt: "2027-02-20T01:10:00.000Z" },
    });
    const late = advance(asking, message("authorised"), around(true, day("08:30")));
    expect(late?.booking.step_deadline_at).toBe("2027-03-01T09:00:00.000Z");
  });

  test.each([
    ["vendor-decline", "booking/not-approved", deadline],
    ["deadline", "booking/approval-expired", "2027-02-20T01:10:00Z"],
  ] as const)("that ends by %s gives everything back", (kind, reason, at) => {
    const changes = advance(standing.approve, message(kind), around(true, at));
    expect(changes).toMatchObject({
      allocation: "release",
      booking: { status: "declined", keep_minor: 0, saga_step: "give-back" },
      announce: { event: bookingDeclined, with: { reason, byVendor: true } },
    });
  });
});

describe("a move", () => {
  const { change, stay, capture } = standing;
  const by = { by: "usr_x", holdMinutes: 10 };
  const to = (totalMinor: number) => ({ ...sampleChange(), totalMinor });

  test("that costs less is made at once, and waits for what is to go back", () => {
    const changes = reschedule(stay, to(3000), by, around());
    expect(changes).toMatchObject({
      allocation: "exchanged",
      booking: { total_minor: 3000, keep_minor: 3000, saga_step: "capture" },
      announce: { event: bookingRescheduled, with: { keepMinor: 3000, refundMinor: 2000 } },
    });
    const moved = apply(stay, changes);
    expect(advance(moved, message("captured", 5000), around())).toBeNull();
    expect(advance(moved, message("refunded", 3000), around())?.booking.saga_step).toBe("stay");
  });

  test("that costs the same is over at once where everything is captured, and not before", () => {
    expect(reschedule(stay, to(5000), by, around()).booking).toMatchObject({
      saga_step: "stay",
      step_deadline_at: "2027-03-06T10:00:00.000Z",
    });
    expect(reschedule(capture, to(5000), by, around()).booking.saga_step).toBe("capture");
  });

  test("that costs more waits for its own charge, as long as the hold and neither start have passed", () => {
    const held = apply(stay, reschedule(stay, to(7000), by, around()));
    expect(held).toMatchObject({
      status: "confirmed",
      total_minor: 5000,
      keep_minor: 5000,
      charges: 2,
      change: { charge: 2, dueMinor: 2000, isSettled: true, expiresAt: "2027-02-20T00:20:00.000Z" },
    });
    const late = reschedule(stay, to(7000), by, around(true, day("08:55")));
    expect(late.booking.step_deadline_at).toBe("2027-03-01T09:00:00.000Z");
  });

  test("whose difference is paid is made, and captured", () => {
    expect(advance(change, message("difference-authorised"), around())).toMatchObject({
      allocation: "fit",
      booking: { total_minor: 7000, keep_minor: 7000, saga_step: "capture", change: null },
      announce: { event: bookingRescheduled, with: { charge: 2, keepMinor: 7000, refundMinor: 0 } },
    });
  });

  test.each(["difference-authorised", "difference-declined"] as const)(
    "hears %s of its own charge only",
    (kind) => {
      expect(advance(change, message(kind, undefined, 3), around())).toBeNull();
    },
  );

  test("whose difference is not paid leaves the booking as it was, its money too", () => {
    const dropped = advance(change, message("difference-declined"), around());
    expect(dropped).toMatchObject({
      allocation: "fit",
      booking: { change: null, saga_step: "capture" },
      announce: { event: bookingChangeDropped, with: { charge: 2 } },
    });
    const paid = apply(change, advance(change, message("captured", 5000), around())!);
    expect(advance(paid, message("difference-declined"), around())?.booking.saga_step).toBe("stay");
  });

  test("that waits is dropped by a cancellation of the booking", () => {
    const changes = advance(change, message("cancel"), around());
    expect(changes).toMatchObject({ allocation: "release", booking: { status: "cancelled", change: null } });
  });
});

describe("a guest who", () => {
  test("came, and stays to the end, is done with at the end, and not before", () => {
    const came = apply(
      standing.stay,
      advance(standing.stay, message("check-in"), around(true, day("08:30")))!,
    );
    expect(advance(came, message("deadline"), around(true, day("09:59")))).toBeNull();
    const over = advance(came, message("deadline"), around(true, day("10:00")));
    expect(over?.booking).toMatchObject({ status: "completed", saga_step: "done" });
  });

  test("did not come pays what the rule says, and that is asked of payment", () => {
    const noShow = { afterMinutes: 15, refundPercent: 25 };
    const booking = { ...standing.stay, policies: { ...policies, noShow } };
    expect(advance(booking, message("no-show"), around(true, day("09:14")))).toBeNull();
    expect(advance(booking, message("no-show"), around(true, day("09:15")))).toMatchObject({
      allocation: "leave",
      booking: { status: "no-show", keep_minor: 3750, saga_step: "give-back" },
      announce: { event: bookingNoShow, with: { keepMinor: 3750, refundMinor: 1250 } },
    });
  });
});

test("a deadline that has not come changes nothing", () => {
  expect(advance(standing.pay, message("deadline"), around(true, "2027-02-20T00:09:59Z"))).toBeNull();
});

test("an unanswered step is parked for a person, and an answer that comes after all unparks it", () => {
  const parked = apply(standing.capture, advance(standing.capture, message("deadline"), around())!);
  expect(parked.parked_at).not.toBeNull();
  const settled = apply(parked, advance(parked, message("captured", 5000), around())!);
  expect(settled).toMatchObject({ saga_step: "stay", parked_at: null, parked_reason: null });
});
