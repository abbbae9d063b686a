/** The keys access tokens are signed with: in Postgres, so that every replica signs and publishes the same ones. */
import assert from "node:assert";
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, type JWK } from "jose";
import { sql, type Transaction } from "kysely";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { seal, unseal } from "./sealing.ts";

export interface SigningKeys {
  /** The newest key. */
  readonly current: { readonly kid: string; readonly privateKey: KeyObject };
  /** All public halves, as `/.well-known/jwks.json` shows them. */
  readonly jwks: { readonly keys: JWK[] };
}

const mostKeys = 16;

/**
 * Loads the signing keys, and makes the first one where there is none.
 * @throws Error when the secret is not the one the keys were sealed with
 */
export async function loadSigningKeys(
  { transact, clock }: Pick<AuthDependencies, "transact" | "clock">,
  sealingKey: Buffer,
): Promise<SigningKeys> {
  const rows = await transact(async ({ tx }) => {
    // Replicas that start together would each make a key, and each refuse the other's tokens.
    await sql`lock table signing_keys in share row exclusive mode`.execute(tx);
    const existing = await newestFirst(tx);
    if (existing.length > 0) return existing;
    await addKey(tx, sealingKey, clock.machineNow());
    return newestFirst(tx);
  });
  const newest = rows[0];
  assert(newest !== undefined, "there is a signing key");
  return {
    current: { kid: newest.kid, privateKey: open(newest, sealingKey) },
    jwks: { keys: rows.map((row) => row.public_jwk as JWK) },
  };
}

async function newestFirst(tx: Transaction<AuthTables>) {
  return tx
    .selectFrom("signing_keys")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("kid")
    .limit(mostKeys)
    .execute();
}

async function addKey(tx: Transaction<AuthTables>, sealingKey: Buffer, now: Temporal.Instant): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const jwk = publicKey.export({ format: "jwk" }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  await tx
    .insertInto("signing_keys")
    .values({
      kid,
      public_jwk: JSON.stringify({ ...jwk, kid, use: "sig", alg: "EdDSA" }),
      private_key_sealed: seal(sealingKey, privateKey.export({ format: "der", type: "pkcs8" }), kid),
      created_at: now.toString(),
      signs_from: now.toString(),
    })
    .execute();
}

function open(
  { kid, private_key_sealed }: { kid: string; private_key_sealed: Buffer },
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
