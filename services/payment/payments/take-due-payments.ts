/** Takes up payments whose time has come: calls that failed or that a dead process left, and guests who have yet to pay. */
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "./decider.ts";
import { instantAt } from "./payment.ts";
import type { PaymentCalls } from "./payment-calls.ts";
import { toPayment, writeSteps } from "./payment-rows.ts";
import { takeUp } from "./plan-call.ts";

/** Payments taken up in one transaction at most. */
const batchMax = 200;

export interface TakeDueDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly calls: PaymentCalls;
}

/**
 * Claims what is due, skipping what another replica is claiming and what is in hand here, and begins its calls.
 * `aheadMs` also takes what becomes due within that time: at the start, the calls that a process just killed had begun.
 * Says whether there may be more.
 */
export async function takeDuePayments(
  { transact, decider, calls }: TakeDueDeps,
  aheadMs = 0,
): Promise<boolean> {
  const limit = Math.min(batchMax, calls.room());
  if (limit <= 0) return false;
  const claimed = await transact(async (unit) => {
    const circumstances = decider.circumstances();
    const rows = await unit.tx
      .selectFrom("payments")
      .selectAll()
      .where("next_attempt_at", "<=", instantAt(circumstances.nowMs + aheadMs))
      .where(sql<boolean>`id <> all(${calls.inHand()})`)
      .orderBy("next_attempt_at")
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    const steps = rows.map(toPayment).map((before) => ({ ...takeUp(before, circumstances), before }));
    await writeSteps(unit, steps, decider.now(), decider.machineNow());
    return steps.map(({ payment }) => payment);
  });
  calls.begin(claimed);
  return claimed.length === limit;
}
