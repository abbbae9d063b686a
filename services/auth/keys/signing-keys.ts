/** The rows of the keys access tokens are signed with: in Postgres, so that every replica signs with and publishes the same ones. */
import assert from "node:assert";
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { AuthTables, SigningKeyTable } from "../database.ts";
import { rotationTooSoon } from "../problems.ts";
import { accessTokenSeconds } from "./access-tokens.ts";
import { seal, unseal } from "@holdfast/chassis/sealing";

export type SigningKeyRow = Selectable<SigningKeyTable>;

/** More than there ever are: one waits, one signs, and each one before is gone minutes after it stopped. */
const mostKeys = 16;

/** Clocks differ, verifiers tolerate that, and a replica may have begun to sign just before. */
const marginMs = 60_000;

/** The keys, the one that signs last first. */
export async function readKeys(db: Kysely<AuthTables>): Promise<SigningKeyRow[]> {
  return db
    .selectFrom("signing_keys")
    .selectAll()
    .orderBy("signs_from", "desc")
    .orderBy("created_at", "desc")
    .orderBy("kid")
    .limit(mostKeys)
    .execute();
}

/** Makes replicas wait for each other until the transaction ends: each would make a key, and refuse the other's tokens. */
export async function lockKeys(tx: Transaction<AuthTables>): Promise<void> {
  await sql`lock table signing_keys in share row exclusive mode`.execute(tx);
}

/** Adds a key; under `lockKeys`. */
export async function addKey(
  tx: Transaction<AuthTables>,
  sealingKey: Buffer,
  times: { readonly now: Temporal.Instant; readonly signsFrom: Temporal.Instant },
): Promise<SigningKeyRow> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const jwk = publicKey.export({ format: "jwk" }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return tx
    .insertInto("signing_keys")
    .values({
      kid,
      public_jwk: JSON.stringify({ ...jwk, kid, use: "sig", alg: "EdDSA" }),
      private_key_sealed: seal(sealingKey, privateKey.export({ format: "der", type: "pkcs8" }), kid),
      created_at: times.now.toString(),
      signs_from: times.signsFrom.toString(),
      published_until: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Makes the next key, which signs once it has been published for `leadMs`; the one before stays published until the last
 * token it signed has died. Under `lockKeys`.
 * @throws rotationTooSoon while a key still waits to sign
 */
export async function succeedKey(
  tx: Transaction<AuthTables>,
  sealingKey: Buffer,
  { now, leadMs }: { readonly now: Temporal.Instant; readonly leadMs: number },
): Promise<SigningKeyRow> {
  const newest = (await readKeys(tx))[0];
  assert(newest !== undefined, "there is a signing key");
  const waitsUntil = Temporal.Instant.from(newest.signs_from);
  if (Temporal.Instant.compare(waitsUntil, now) > 0) {
    throw rotationTooSoon(
      `Key ${newest.kid} signs from ${waitsUntil.toString()}; the next can be made then.`,
    );
  }
  const signsFrom = now.add({ milliseconds: leadMs });
  const publishedUntil = signsFrom.add({ seconds: accessTokenSeconds, milliseconds: marginMs });
  await tx
    .updateTable("signing_keys")
    .set({ published_until: publishedUntil.toString() })
    .where("published_until", "is", null)
    .execute();
  return addKey(tx, sealingKey, { now, signsFrom });
}

/** Makes a key that signs at once, and forgets all others, waiting ones too: whoever read one may have read them all. Under `lockKeys`. */
export async function replaceKeys(
  tx: Transaction<AuthTables>,
  sealingKey: Buffer,
  now: Temporal.Instant,
): Promise<SigningKeyRow> {
  await tx.deleteFrom("signing_keys").execute();
  return addKey(tx, sealingKey, { now, signsFrom: now });
}

/** Deletes the keys that nothing living was signed with, with their private halves. Under `lockKeys`. */
export async function forgetDeadKeys(tx: Transaction<AuthTables>, now: Temporal.Instant): Promise<void> {
  await tx.deleteFrom("signing_keys").where("published_until", "<=", now.toString()).execute();
}

/**
 * A key's private half.
 * @throws Error when the secret is not the one it was sealed with
 */
export function openPrivateKey(
  { kid, private_key_sealed }: Pick<SigningKeyRow, "kid" | "private_key_sealed">,
  sealingKey: Buffer,
): KeyObject {
  let der: Buffer;
  try {
    der = unseal(sealingKey, private_key_sealed, kid);
  } catch (cause) {
    throw new Error(
      `KEY_ENCRYPTION_SECRET does not open signing key ${kid}: it was made under another secret`,
      { cause },
    );
  }
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}
