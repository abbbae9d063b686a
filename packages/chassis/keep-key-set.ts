import { type Kysely, sql } from "kysely";
import type { JSONWebKeySet } from "jose";
import type { ChassisTables } from "./database.ts";
import type { KeySetKeeper } from "./key-set.ts";

/**
 * Keeps the keys in the service's own schema, for a start while auth is down. Whoever can write there can already change
 * whatever the service would do for a forged token's caller, so trusting it opens nothing; Redis, which all services
 * share, would open all of them at once (docs/decisions/0017-keys-outlive-auth.md).
 */
export function keepKeySet<DB extends ChassisTables>(db: Kysely<DB>, url: string): KeySetKeeper {
  return {
    load: async () => {
      const { rows } = await sql<{ jwks: JSONWebKeySet; fetched_at: string }>`
        select jwks, fetched_at from key_sets where url = ${url}`.execute(db);
      const kept = rows[0];
      if (kept === undefined) return undefined;
      const fetchedAtMs = Temporal.Instant.from(kept.fetched_at).epochMilliseconds;
      return { jwks: kept.jwks, fetchedAtMs };
    },
    keep: async (jwks, fetchedAtMs) => {
      await sql`
        insert into key_sets (url, jwks, fetched_at)
        values (${url}, ${JSON.stringify(jwks)}, ${Temporal.Instant.fromEpochMilliseconds(fetchedAtMs).toString()})
        on conflict (url) do update set jwks = excluded.jwks, fetched_at = excluded.fetched_at
        where key_sets.fetched_at < excluded.fetched_at`.execute(db);
    },
  };
}
