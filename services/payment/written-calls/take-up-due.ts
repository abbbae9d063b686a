/** Takes up whatever has a call written down whose time has come, of one table. */
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type Selectable, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { type Circumstances, instantAt } from "../payments/payment.ts";
import type { Job, WrittenCalls } from "./written-calls.ts";

export interface TakeUpDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly written: WrittenCalls;
}

/** Tables with the columns of `CallingTable`. */
type DueTable =
  | "customers"
  | "discrepancies"
  | "disputes"
  | "payout_accounts"
  | "removed_methods"
  | "transfers";

/** What is due, and how it is called about. */
export interface Due<Table extends DueTable, Thing> {
  readonly table: Table;
  /** As the core sees a row. */
  readonly read: (row: Selectable<PaymentTables[Table]>) => Thing;
  /** It is taken up: its call is put off, so that nobody else makes it, or planned where there is none. */
  readonly takeUp: (thing: Thing, circumstances: Circumstances) => Thing;
  readonly write: (unit: UnitOfWork<PaymentTables>, before: Thing, after: Thing) => Promise<void>;
  readonly jobsOf: (thing: Thing) => Job[];
}

/** Taken up in one transaction at most. */
const batchMax = 50;

/**
 * Takes up what is due by `aheadMs` from now: calls that failed, that were planned for later or that a dead process left.
 * Is there perhaps more?
 */
export async function takeUpDue<Table extends DueTable, Thing>(
  { transact, decider, written }: TakeUpDeps,
  { table, read, takeUp, write, jobsOf }: Due<Table, Thing>,
  aheadMs: number,
): Promise<boolean> {
  const limit = Math.min(batchMax, written.room());
  if (limit <= 0) return false;
  const taken = await transact(async (unit) => {
    const circumstances = decider.circumstances();
    const { rows } = await sql<Selectable<PaymentTables[Table]>>`
      select * from ${sql.table(table)}
      where next_attempt_at <= ${instantAt(circumstances.nowMs + aheadMs)}
      order by next_attempt_at limit ${limit} for update skip locked`.execute(unit.tx);
    const things: Thing[] = [];
    for (const before of rows.map(read)) {
      const after = takeUp(before, circumstances);
      await write(unit, before, after);
      things.push(after);
    }
    return things;
  });
  written.begin(taken.flatMap(jobsOf));
  return taken.length === limit;
}
