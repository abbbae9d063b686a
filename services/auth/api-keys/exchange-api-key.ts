import { randomUUID } from "node:crypto";
import { isApiKey } from "@holdfast/contracts/api-key-format";
import type { exchangeApiKey as endpoint } from "@holdfast/contracts/api/api-keys";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accessTokenSeconds } from "../keys/access-tokens.ts";
import { tokenDate } from "../sessions/token-date.ts";
import { effectiveRoles } from "../users/effective-roles.ts";
import { isLive } from "./live-keys.ts";
import { apiKeyHash } from "./new-api-key.ts";

type Exchanged = z.output<NonNullable<typeof endpoint.answers.body>>;

const refused: Exchanged = { accessToken: null, expiresInSeconds: 0 };

/**
 * A token with what the key's owner may do now, within the key's scopes; null for a key that does not work, or whose
 * owner's account is not active. `expiresInSeconds` ends with the key, where the token would outlive it.
 */
export async function exchangeApiKey(
  { db, clock, accessTokens }: Pick<AuthDependencies, "db" | "clock" | "accessTokens">,
  key: string,
): Promise<Exchanged> {
  if (!isApiKey(key)) return refused;
  const now = clock.machineNow();
  const hash = apiKeyHash(key);
  const row = await findKey(db, hash, now);
  if (row === undefined) return refused;
  await noteUse(db, row, now);
  const accessToken = await accessTokens.issue({
    subject: row.user_id,
    roles: row.roles,
    apiKey: { keyId: row.id, scopes: row.scopes },
    tokenId: randomUUID(),
    issuedAt: tokenDate(now, row.tokens_from),
  });
  const isPrevious = !row.hash.equals(hash);
  const ends = [row.expires_at, isPrevious ? row.previous_works_until : null];
  return { accessToken, expiresInSeconds: secondsUntil(ends, now) };
}

async function findKey(db: Kysely<AuthTables>, hash: Buffer, now: Temporal.Instant) {
  return db
    .selectFrom("api_keys")
    .innerJoin("users", "users.id", "api_keys.user_id")
    .select([
      "api_keys.id",
      "api_keys.user_id",
      "api_keys.hash",
      "api_keys.scopes",
      "api_keys.expires_at",
      "api_keys.last_used_at",
      "api_keys.previous_works_until",
      "users.tokens_from",
    ])
    .select(effectiveRoles.as("roles"))
    .where((eb) =>
      eb.or([
        eb("api_keys.hash", "=", hash),
        eb.and([
          eb("api_keys.previous_hash", "=", hash),
          eb("api_keys.previous_works_until", ">", now.toString()),
        ]),
      ]),
    )
    .where(isLive(now))
    .where("users.status", "=", "active")
    .where("users.erased_at", "is", null)
    .executeTakeFirst();
}

/** To the minute, so that a key in use writes once a minute, whatever many gateways ask. */
async function noteUse(
  db: Kysely<AuthTables>,
  { id, last_used_at }: { readonly id: `key_${string}`; readonly last_used_at: string | null },
  now: Temporal.Instant,
): Promise<void> {
  const minute = now.round({ smallestUnit: "minute", roundingMode: "floor" });
  if (last_used_at !== null && Temporal.Instant.compare(Temporal.Instant.from(last_used_at), minute) >= 0)
    return;
  await db
    .updateTable("api_keys")
    .set({ last_used_at: minute.toString() })
    .where("id", "=", id)
    .where((eb) => eb.or([eb("last_used_at", "is", null), eb("last_used_at", "<", minute.toString())]))
    .execute();
}

function secondsUntil(ends: readonly (string | null)[], now: Temporal.Instant): number {
  const left = ends
    .filter((end) => end !== null)
    .map((end) => Math.floor(now.until(Temporal.Instant.from(end)).total("seconds")));
  return Math.max(0, Math.min(accessTokenSeconds, ...left));
}
