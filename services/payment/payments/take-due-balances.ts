/** Takes up balances that have fallen due, are to be tried again, or are to be given up: by business time. */
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { ChargeBook } from "./charge-book.ts";
import type { Decider } from "./decider.ts";
import type { PaymentCalls } from "./payment-calls.ts";
import { lockCharges, writeSteps } from "./payment-rows.ts";
import { takeUpBalance } from "./plan-call.ts";

/** Balances taken up in one transaction at most. */
const batchMax = 100;

export interface TakeBalancesDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly calls: PaymentCalls;
}

/**
 * Begins an attempt at each balance whose time has come, or gives it up. A booking whose charges another replica has in
 * hand waits for it: all of its charges are locked, as an attempt depends on what the booking itself was paid with.
 * Says whether there may be more.
 */
export async function takeDueBalances({ transact, decider, calls }: TakeBalancesDeps): Promise<boolean> {
  const limit = Math.min(batchMax, calls.room());
  if (limit <= 0) return false;
  const { steps, found } = await transact(async (unit) => {
    const circumstances = decider.circumstances();
    const isDue = (tryAt: string | null | undefined) =>
      tryAt !== null && tryAt !== undefined && Date.parse(tryAt) <= circumstances.businessMs;
    const due = await unit.tx
      .selectFrom("payments")
      .select("booking_id")
      .where("try_at", "<=", decider.now().toString())
      .where("call", "is", null)
      .orderBy("try_at")
      .limit(limit)
      .execute();
    if (due.length === 0) return { steps: [], found: 0 };
    const book = new ChargeBook(
      await lockCharges(
        unit,
        due.map((row) => row.booking_id),
      ),
    );
    for (const { booking_id } of due) {
      const charges = book.of(booking_id);
      const balance = charges.find(({ collection }) => isDue(collection?.tryAt));
      // As they stand behind the lock, somebody else may have been faster.
      if (balance?.call === null) book.take(takeUpBalance(balance, charges, circumstances));
    }
    await writeSteps(unit, book.changed(), decider.now(), decider.machineNow());
    await noteSettlements(unit, book, decider.now());
    return { steps: book.changed(), found: due.length };
  });
  calls.begin(steps.filter(({ begins }) => begins).map(({ payment }) => payment));
  return found === limit;
}
