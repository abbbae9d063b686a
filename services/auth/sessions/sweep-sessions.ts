/** Deletes sessions that are over, and erases what old successors were derived with. */
import { sql } from "kysely";
import type { AuthDependencies } from "../dependencies.ts";
import { graceMs } from "./session-lifetimes.ts";

/** Rows one statement touches at most. */
const chunk = 500;

/** Statements of one sweep at most; what is left waits for the next. */
const chunksMax = 20;

/** A session that is over is kept this long for whoever looks into a complaint. */
const keptHours = 24;

/** One bounded sweep, by machine time; safe to run on several replicas at once. */
export async function sweepSessions({ db, clock }: Pick<AuthDependencies, "db" | "clock">): Promise<void> {
  const now = clock.machineNow();
  const overBefore = now.subtract({ hours: keptHours }).toString();
  // Twice the grace: a replay that has just been decided still reads its salt.
  const saltBefore = now.subtract({ milliseconds: 2 * graceMs }).toString();
  const steps = [
    sql`update refresh_tokens set successor_salt = null where hash in (
          select hash from refresh_tokens where successor_salt is not null and used_at < ${saltBefore}
          limit ${chunk} for update skip locked)`,
    sql`delete from sessions where id in (
          select id from sessions where idle_expires_at < ${overBefore} limit ${chunk} for update skip locked)`,
    sql`delete from sessions where id in (
          select id from sessions where ended_at < ${overBefore} limit ${chunk} for update skip locked)`,
  ];
  for (const step of steps) {
    for (let done = 0; done < chunksMax; done += 1) {
      const { numAffectedRows } = await step.execute(db);
      if ((numAffectedRows ?? 0n) < chunk) break;
    }
  }
}
