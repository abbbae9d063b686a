/** Goes on with charges that waited for their guest's customer. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { ChargeBook } from "../payments/charge-book.ts";
import type { Decider } from "../payments/decider.ts";
import { lockCharges, writeSteps } from "../payments/payment-rows.ts";
import { awaitsCustomer, withCustomer } from "../payments/plan-call.ts";
import type { CallStarter } from "../payments/take-booking-events.ts";

/** More than a guest may hold at once, occurrences of a series among them. */
const waitingMax = 1_000;

/** With the customer there is now, or, null, without any: there is never to be one. Its row is locked. */
export async function resumeCharges(
  { decider, calls }: { readonly decider: Decider; readonly calls: CallStarter },
  unit: UnitOfWork<PaymentTables>,
  { userId, customerId }: { readonly userId: Id<"usr">; readonly customerId: string | null },
): Promise<void> {
  const waiting = await unit.tx
    .selectFrom("payments")
    .select("booking_id")
    .where("customer_id", "=", userId)
    .where("save_method", "=", true)
    .where("stripe_customer_id", "is", null)
    .where("intent_id", "is", null)
    .where("call", "is", null)
    .where("status", "=", "requested")
    .limit(waitingMax)
    .execute();
  if (waiting.length === 0) return;
  const bookingIds = waiting.map((row) => row.booking_id);
  const book = new ChargeBook(await lockCharges(unit, bookingIds));
  for (const bookingId of new Set(bookingIds)) {
    for (const charge of book.of(bookingId)) {
      if (charge.call !== null || charge.intentId !== null || !awaitsCustomer(charge)) continue;
      book.take(withCustomer(charge, book.of(bookingId), customerId, decider.circumstances()));
    }
  }
  const changed = book.changed();
  await writeSteps(unit, changed, decider.now(), decider.machineNow());
  await noteSettlements(unit, book, decider.now());
  unit.afterCommit(() => calls.begin(changed.filter(({ begins }) => begins).map(({ payment }) => payment)));
}
