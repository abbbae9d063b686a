import { sql } from "kysely";
import type { AuthDependencies } from "../dependencies.ts";

/** Rows one sweep deletes at most; what is left waits for the next. */
const most = 5_000;

/** Deletes sign-ins that nobody finished in time; safe to run on several replicas at once. */
export async function sweepChallenges({ db, clock }: Pick<AuthDependencies, "db" | "clock">): Promise<void> {
  await sql`delete from sign_in_challenges where id in (
    select id from sign_in_challenges where expires_at < ${clock.machineNow().toString()}
    limit ${most} for update skip locked)`.execute(db);
}
