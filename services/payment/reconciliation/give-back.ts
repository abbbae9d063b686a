/** Makes the calls by which intents that nobody has a booking for are given back, as they were written down. */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import type { BooksProvider, GiveBackAnswer } from "../providers/books-provider.ts";
import { takeUpDue } from "../written-calls/take-up-due.ts";
import { answered, type Calling, claimed, failed } from "../written-calls/written-call.ts";
import { answerOf, type Job, type WrittenCalls } from "../written-calls/written-calls.ts";
import { callingOf, type DiscrepancyRow, lockRow, writeCalling } from "./discrepancy-rows.ts";
import type { GiveBackPurpose } from "./reconciliation-tables.ts";

export interface GiveBackDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly books: BooksProvider;
  readonly written: WrittenCalls;
  readonly log: Logger;
}

/** An intent to be given back, and how the calls about that stand. */
type GiveBack = Pick<DiscrepancyRow, "id" | "subject"> & Calling<GiveBackPurpose>;

async function record(
  { transact, decider }: GiveBackDeps,
  id: DiscrepancyRow["id"],
  { key, answer }: { readonly key: string; readonly answer: GiveBackAnswer },
): Promise<null> {
  await transact(async (unit) => {
    const row = await lockRow(unit, id);
    if (row?.call?.key !== key) return;
    const before: Calling<GiveBackPurpose> = callingOf(row);
    if (answer.outcome === "failed") {
      await writeCalling(unit, id, failed(before, answer, decider.circumstances()));
      return;
    }
    // What a refusal means is told by the intent, which is read again before anything else is asked.
    const over = answered<GiveBackPurpose, Calling<GiveBackPurpose>>(before, null);
    const parkedReason = answer.outcome === "refused" ? answer.reason : null;
    await writeCalling(unit, id, { ...over, parkedReason });
  });
  return null;
}

function jobsOf(deps: GiveBackDeps, { id, subject, call }: GiveBack): Job[] {
  if (call === null) return [];
  const { purpose, key } = call;
  const make = async () => {
    const answer = await answerOf(deps.log, key, () =>
      deps.books.giveBack({ key, purpose, intentId: subject }),
    );
    return { answer, record: () => record(deps, id, { key, answer }) };
  };
  return [{ subject, purpose: `stray-${purpose}`, key, make }];
}

/** Takes up calls that were just written down, that failed, or that a dead process left. Is there perhaps more? */
export function takeDueGiveBacks(deps: GiveBackDeps, aheadMs = 0): Promise<boolean> {
  return takeUpDue(
    deps,
    {
      table: "discrepancies",
      read: (row): GiveBack => ({ id: row.id, subject: row.subject, ...callingOf(row) }),
      takeUp: claimed<GiveBackPurpose, GiveBack>,
      write: (unit, _before, after) => writeCalling(unit, after.id, after),
      jobsOf: (giveBack) => jobsOf(deps, giveBack),
    },
    aheadMs,
  );
}
