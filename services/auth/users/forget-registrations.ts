import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { sql } from "kysely";
import type { AuthTables } from "../database.ts";

/**
 * An account has the address now: nobody else's registration can get it any longer. One whose link is being followed at
 * this very moment is passed over, and refused by the address itself.
 */
export async function forgetRegistrations({ tx }: UnitOfWork<AuthTables>, email: string): Promise<void> {
  await sql`delete from registrations where id in (
    select id from registrations where email = ${email} for update skip locked)`.execute(tx);
}
