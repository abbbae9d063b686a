/** What becomes of the balance while the booking stands: the guest is reminded, it is paid, or it could not be taken. */
import {
  bookingBalanceDueSoon,
  bookingBalanceFailed,
  bookingBalancePaid,
} from "@holdfast/contracts/events/booking";
import assert from "node:assert";
import type { BookingRow } from "../database.ts";
import type { StoredBalance } from "../pricing/deposit.ts";
import { keptOf } from "./goodwill.ts";
import {
  enter,
  moneySettled,
  told,
  type MoveColumns,
  type SagaChanges,
  type SagaColumns,
  type SagaMessage,
  type Surroundings,
} from "./changes.ts";

/** The guest is told that the balance is about to be taken. */
export function remind(booking: BookingRow, message: SagaMessage): SagaChanges {
  const { amountMinor, dueAt } = open(booking);
  return {
    booking: { balance_reminds_at: null },
    allocation: "leave",
    timeline: { what: "balance-due-soon", by: message.by, detail: { amountMinor, dueAt } },
    announce: told(bookingBalanceDueSoon, {}),
  };
}

/** The balance is paid: the whole total is to be kept now. */
export function takeBalance(booking: BookingRow, message: SagaMessage, around: Surroundings): SagaChanges {
  const { amountMinor, failures } = open(booking);
  const after = { ...booking, balance: null, keep_minor: booking.total_minor };
  return {
    booking: {
      balance: null,
      balance_reminds_at: null,
      keep_minor: after.keep_minor,
      ...stepWithBalance(after, message, around),
    },
    allocation: "leave",
    timeline: { what: "balance-paid", by: message.by, detail: { amountMinor } },
    announce: told(bookingBalancePaid, {
      paid: { amountMinor, currency: booking.currency },
      ...(failures > 0 && { afterFailures: true }),
    }),
  };
}

/** The booking was moved to a lower price while more was being taken: what is too much has still to go back. */
function stepWithBalance(
  after: BookingRow,
  { keptMinor: kept, lostMinor = 0 }: SagaMessage,
  around: Surroundings,
): Partial<SagaColumns & MoveColumns> {
  const keptMinor = kept === undefined ? undefined : kept + lostMinor;
  const wantedMinor = keptOf(after.keep_minor, after);
  const isTooMuch = keptMinor !== undefined && keptMinor > wantedMinor;
  switch (after.saga_step) {
    case "stay":
      return isTooMuch ? enter("capture", after, around) : {};
    case "capture":
      return keptMinor === wantedMinor ? moneySettled(after, around) : {};
    case "change":
      assert(after.change, "a booking in this step has a move that waits");
      return isTooMuch ? { change: { ...after.change, isSettled: false } } : {};
    default:
      return {};
  }
}

/** The balance could not be taken: the guest is told what to do, and how long they have. */
export function tellFailure(booking: BookingRow, message: SagaMessage): SagaChanges {
  const balance = open(booking);
  assert(message.attempt, "what failed was an attempt");
  const { number: attempt, nextAt, givesUpAt } = message.attempt;
  const reason = message.reason ?? "payment/refused";
  const nextAttemptAt = nextAt === undefined ? undefined : { nextAttemptAt: nextAt };
  return {
    booking: { balance: { ...balance, failures: attempt, givesUpAt }, balance_reminds_at: null },
    allocation: "leave",
    timeline: {
      what: "balance-failed",
      by: message.by,
      detail: { reason, attempt, givesUpAt, ...nextAttemptAt },
    },
    announce: told(bookingBalanceFailed, { reason, attempt, ...nextAttemptAt }),
  };
}

function open({ balance }: BookingRow): StoredBalance {
  assert(balance, "news of a balance are of one that is open");
  return balance;
}
