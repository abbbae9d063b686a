/** The ledger's periodic work: settling what is decided, and telling operators what should have been and was not. */
import { createBatcher } from "@holdfast/chassis/batcher";
import type { Foundation } from "@holdfast/chassis/foundation";
import { tryLease } from "@holdfast/chassis/lease";
import { every } from "@holdfast/chassis/sweep";
import type { Id } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { closeNextDay } from "./close-days.ts";
import { countOverdue } from "./overdue.ts";
import { settleBookings, settleDue } from "./settle.ts";

const second = 1_000;
const settleEveryMs = 1 * second;
const closeEveryMs = 60 * second;
const overdueEveryMs = 30 * second;

/** Starts it; one replica at a time does it, and the database decides where two do. */
export function startLedgerSweeps(
  { db, transact, redis, log, metrics }: Foundation<PaymentTables>,
  decider: Decider,
): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const settle = createBatcher<Id<"bkg">, void>({
    name: "settle-bookings",
    run: (bookingIds) => settleBookings({ transact, decider }, bookingIds),
    metrics,
  });
  stack.use(
    every({
      name: "settle",
      intervalMs: settleEveryMs,
      work: () => settleDue(db, settle, log),
      log,
      lease: () => tryLease(redis, "payment:settle", settleEveryMs / 2),
    }),
  );
  stack.use(
    every({
      name: "close-days",
      intervalMs: closeEveryMs,
      work: () => closeNextDay({ db, transact }, decider.now()),
      log,
      lease: () => tryLease(redis, "payment:close-days", closeEveryMs / 2),
    }),
  );
  const overdue = metrics.gauge({
    name: "payment_settlements_overdue",
    help: "Bookings over for two hours and not settled.",
    labels: [],
  });
  stack.use(
    every({
      name: "overdue-settlements",
      intervalMs: overdueEveryMs,
      work: async () => overdue.set({}, await countOverdue(db, decider.now())),
      log,
    }),
  );
  return stack;
}
