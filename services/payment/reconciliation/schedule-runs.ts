/** Begins runs by the clock: each hour of the last days, and each day of some weeks. */
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { insertRun } from "./run-rows.ts";

export interface Timetable {
  /** 0: none but those that are asked for. */
  readonly everyMinutes: number;
  readonly days: number;
  readonly wideDays: number;
}

const wideEveryMinutes = 24 * 60;
const runsKeptDays = 90;
const forgottenMax = 1_000;

/** Begins those whose time has come, and forgets those of long ago. */
export async function scheduleRuns(
  { transact, decider }: { readonly transact: Transact<PaymentTables>; readonly decider: Decider },
  { everyMinutes, days, wideDays }: Timetable,
): Promise<void> {
  const now = Temporal.Instant.from(decider.machineNow());
  await transact(async ({ tx }) => {
    await sql`select pg_advisory_xact_lock(hashtext('schedule-reconciliation'))`.execute(tx);
    for (const [cause, minutes, back] of [
      ["wide", wideEveryMinutes, wideDays],
      ["recent", everyMinutes, days],
    ] as const) {
      if (everyMinutes === 0) continue;
      // A wide run does what a recent one would.
      const last = await tx
        .selectFrom("reconciliation_runs")
        .select("id")
        .where("cause", "in", cause === "recent" ? ["recent", "wide"] : ["wide"])
        .where("created_at", ">", now.subtract({ minutes }).toString())
        .limit(1)
        .executeTakeFirst();
      if (last === undefined) await insertRun(tx, { cause, days: back, now });
    }
    await sql`delete from reconciliation_runs where id in (
      select id from reconciliation_runs where finished_at < ${now.subtract({ hours: 24 * runsKeptDays }).toString()}
      order by id limit ${forgottenMax})`.execute(tx);
  });
}
