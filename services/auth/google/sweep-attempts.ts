import { sql } from "kysely";
import type { AuthDependencies } from "../dependencies.ts";

/** Rows one sweep deletes at most; what is left waits for the next. */
const most = 5_000;

/** Deletes sign-ins at a provider that nobody finished in time; safe to run on several replicas at once. */
export async function sweepAttempts({ db, clock }: Pick<AuthDependencies, "db" | "clock">): Promise<void> {
  await sql`delete from oauth_attempts where state_hash in (
    select state_hash from oauth_attempts where expires_at < ${clock.machineNow().toString()}
    limit ${most} for update skip locked)`.execute(db);
}
