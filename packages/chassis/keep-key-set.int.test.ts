import { startTokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChassisTables, Database } from "./database.ts";
import { keepKeySet } from "./keep-key-set.ts";
import { openMigratedDatabase } from "./migrated-database.fixture.ts";
import { createTokenVerifier } from "./tokens.ts";

let database: Database<ChassisTables>;

beforeAll(async () => {
  database = await openMigratedDatabase("booking");
});
afterAll(() => database[Symbol.asyncDispose]());

/** A service that has just started. */
function start({ url, issuer, audience }: { url: string; issuer: string; audience: string }) {
  const jwksUrl = `${url}/.well-known/jwks.json`;
  return createTokenVerifier({ jwksUrl, issuer, audience, keeper: keepKeySet(database.db, jwksUrl) });
}

const kept = () => database.db.selectFrom("key_sets").select("url").execute();

test("a service started while auth is down checks tokens by the keys it saw last, for a day", async () => {
  await using signer = await startTokenSigner();
  const token = signer.sign({ roles: ["customer"] });
  await start(signer).verify(token);
  await expect.poll(kept).toHaveLength(1);
  await signer[Symbol.asyncDispose]();

  expect(await start(signer).verify(token)).toMatchObject({ roles: ["customer"] });
  // A key that was not among them is still nobody's.
  await using other = await startTokenSigner();
  const forged = other.sign({ roles: ["admin"] });
  await expect(start(signer).verify(forged)).rejects.toMatchObject({ code: "auth/token-invalid" });

  await sql`update key_sets set fetched_at = fetched_at - interval '25 hours'`.execute(database.db);
  await expect(start(signer).verify(token)).rejects.toMatchObject({ code: "service/unavailable" });
});

test("keys of another address are not taken for auth's", async () => {
  await using signer = await startTokenSigner();
  await using elsewhere = await startTokenSigner();
  const token = signer.sign({ roles: ["customer"] });
  await start(signer).verify(token);
  await expect
    .poll(async () => (await kept()).map(({ url }) => url))
    .toContain(`${signer.url}/.well-known/jwks.json`);
  await elsewhere[Symbol.asyncDispose]();
  const moved = start({ ...signer, url: elsewhere.url });
  await expect(moved.verify(token)).rejects.toMatchObject({ code: "service/unavailable" });
});
