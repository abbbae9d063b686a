/** All of a user's access tokens stop working, while their sessions go on with new ones. */
import assert from "node:assert";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { AuthTables } from "../database.ts";

/**
 * Refuses every token issued until now, machine time, and gives the moment, for `tokensFrom` of the event: what those
 * tokens say of roles or status is no longer true. Sessions and sign-ins in hand hold the user's row until they commit,
 * so the moment is taken once all of them are done. It lies a second after the last one at least, for tokens issued right
 * after that are dated as much on (`tokenDate`).
 */
export async function revokeUserTokens(
  { tx }: Pick<UnitOfWork<AuthTables>, "tx">,
  userId: Id<"usr">,
  now: Temporal.Instant,
): Promise<string> {
  await tx.selectFrom("users").select("id").where("id", "=", userId).forNoKeyUpdate().execute();
  const { rows } = await sql<{ revoked_at: string }>`
    with changed as (
      update users
      set tokens_from = greatest(${now.toString()}::timestamptz, clock_timestamp(), tokens_from + interval '1 second')
      where id = ${userId} returning id, tokens_from)
    insert into revocations (id, kind, revoked_at) select id, 'user', tokens_from from changed
    on conflict (id) do update set revoked_at = excluded.revoked_at
    returning revoked_at`.execute(tx);
  assert(rows[0] !== undefined, "tokens are refused of a user there is");
  return rows[0].revoked_at;
}
