/** Deletes registrations nobody followed the link of, and tickets that have served. */
import { sql } from "kysely";
import type { AuthDependencies } from "../dependencies.ts";

/** Rows one statement touches at most. */
const chunk = 500;

/** Statements of one sweep at most; what is left waits for the next. */
const chunksMax = 20;

/** A notice waits as long as an event may for the service that sends it. */
const noticeDays = 7;

/** One bounded sweep, by machine time; safe to run on several replicas at once. */
export async function sweepMails({ db, clock }: Pick<AuthDependencies, "db" | "clock">): Promise<void> {
  const now = clock.machineNow();
  const noticesBefore = now.subtract({ hours: 24 * noticeDays }).toString();
  const steps = [
    sql`delete from mail_tickets where id in (
          select id from mail_tickets where expires_at < ${now.toString()} limit ${chunk} for update skip locked)`,
    sql`delete from mail_tickets where id in (
          select id from mail_tickets where created_at < ${noticesBefore} limit ${chunk} for update skip locked)`,
    sql`delete from registrations where id in (
          select id from registrations where expires_at < ${now.toString()} limit ${chunk} for update skip locked)`,
  ];
  for (const step of steps) {
    for (let done = 0; done < chunksMax; done += 1) {
      const { numAffectedRows } = await step.execute(db);
      if ((numAffectedRows ?? 0n) < chunk) break;
    }
  }
}
