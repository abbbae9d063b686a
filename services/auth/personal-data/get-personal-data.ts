/** What auth keeps about a person: never what proves who they are. */
import { readableRows, rowsOfPersonMax } from "@holdfast/chassis/readable-rows";
import type { PersonalData } from "@holdfast/contracts/api/personal-data";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { AuthTables } from "../database.ts";

/** All rows that name the person; secrets and hashes are left out. */
export async function getPersonalData(db: Kysely<AuthTables>, userId: Id<"usr">) {
  const rows = async (query: ReturnType<typeof sql>) =>
    readableRows((await query.execute(db)).rows as object[]);
  const limited = sql`limit ${rowsOfPersonMax}`;
  const data: PersonalData = {
    account: await rows(
      sql`select id, email, name, roles, status, status_changed_at, created_at from users where id = ${userId}`,
    ),
    sessions: await rows(
      sql`select id, created_at, expires_at, ended_at, method, device, network, country, last_used_at
        from sessions where user_id = ${userId} order by created_at ${limited}`,
    ),
    identities: await rows(
      sql`select provider, subject, linked_at from identities where user_id = ${userId} ${limited}`,
    ),
    secondFactor: await rows(sql`select confirmed_at from second_factors where user_id = ${userId}`),
    apiKeys: await rows(
      sql`select id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at
        from api_keys where user_id = ${userId} ${limited}`,
    ),
    memberships: await rows(
      sql`select vendor_id, role from vendor_members where user_id = ${userId} ${limited}`,
    ),
    mails: await rows(
      sql`select id, mail, facts, created_at, used_at from mail_tickets where user_id = ${userId} ${limited}`,
    ),
    audit: await rows(
      sql`select at, kind, service, action, outcome, session_id, key_id, targets, network, times
        from audit_log where actor = ${userId} order by id desc ${limited}`,
    ),
  };
  return { data, bookingsToCome: 0, vendorsOwned: 0 };
}
