import { createLogger } from "@holdfast/chassis/log";
import { newId } from "@holdfast/contracts/ids";
import { startServicePlatform, type ServicePlatform } from "@holdfast/testkit/services/service-platform";
import { migrate } from "@holdfast/chassis/migrate";
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { openAuthDatabase } from "../auth-world.fixture.ts";
import { createAccessTokenIssuer } from "./access-tokens.ts";
import { createKeyring, type Keyring } from "./keyring.ts";
import { deriveKey } from "@holdfast/chassis/sealing";

const dayMs = 86_400_000;
const leadMs = 600_000;
const log = createLogger("test", "silent");
const sealingKey = deriveKey("k".repeat(32), "auth/signing-keys");

let platform: ServicePlatform;
let database: ReturnType<typeof openAuthDatabase>;
/** Machine time of all replicas of a test; it stands still until it is moved. */
let now: Temporal.Instant;

beforeAll(async () => {
  platform = await startServicePlatform("auth");
  await migrate({ pool: platform.sql, directory: new URL("../migrations/", import.meta.url), log });
  database = openAuthDatabase(platform.database.urlFor("auth"));
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  now = Temporal.Instant.from("2026-03-01T12:00:00Z");
  await database.db.deleteFrom("signing_keys").execute();
});

const pass = (ms: number) => {
  now = now.add({ milliseconds: ms });
};

/** A replica whose own rounds never come: a test that wants one calls `tend`. */
async function replica(db = database) {
  const parts = { db: db.db, transact: db.transact, clock: { machineNow: () => now }, log };
  const keyring = await createKeyring(parts, sealingKey, {
    rotateAfterMs: 30 * dayMs,
    reloadMs: 2_000,
    sweepMs: 3_600_000,
  });
  onTestFinished(() => keyring[Symbol.asyncDispose]());
  const issuer = createAccessTokenIssuer({ keyring, issuer: "https://holdfast.test", audience: "holdfast" });
  const subject = newId("usr");
  const issue = (issuedAt = now) => issuer.issue({ subject, roles: ["customer"], tokenId: "t", issuedAt });
  const rotate = async (reason: "routine" | "compromised") => {
    const made = await db.transact((unit) => keyring.rotate(unit, reason));
    await keyring.reread();
    return made;
  };
  return { keyring, issue, rotate };
}

/** The kid that signed, where the set has the key; undefined where it does not verify. */
async function verifiedBy(token: string, keyring: Keyring): Promise<string | undefined> {
  const keys = createLocalJWKSet(await keyring.jwks());
  const currentDate = new Date(now.epochMilliseconds);
  return jwtVerify(token, keys, { currentDate }).then(
    ({ protectedHeader }) => protectedHeader.kid,
    () => undefined,
  );
}

const kids = async (keyring: Keyring) => (await keyring.jwks()).keys.map(({ kid }) => kid);
const states = async (keyring: Keyring) =>
  Object.fromEntries((await keyring.list()).map(({ kid, state }) => [kid, state]));

test("a new key is published before it signs, and the one before until the last token it signed has died", async () => {
  const { keyring, issue, rotate } = await replica();
  const [first] = await kids(keyring);
  const { kid: second, signsFrom } = await rotate("routine");
  expect(signsFrom).toBe(now.add({ milliseconds: leadMs }).toString());
  expect(await states(keyring)).toEqual({ [first!]: "signing", [second]: "published" });
  expect(await verifiedBy(await issue(), keyring)).toBe(first);

  pass(leadMs - 1);
  const last = await issue();
  expect(await verifiedBy(last, keyring)).toBe(first);
  pass(1);
  expect(await verifiedBy(await issue(), keyring)).toBe(second);
  expect(await states(keyring)).toEqual({ [first!]: "verifying", [second]: "signing" });

  pass(298_000);
  expect(await verifiedBy(last, keyring)).toBe(first);
  pass(62_000);
  expect(await kids(keyring)).toEqual([second]);
});

test("a key that has done its work is deleted with its private half", async () => {
  const { keyring, rotate } = await replica();
  const { kid } = await rotate("routine");
  pass(leadMs + 359_000);
  await keyring.tend();
  const stored = () => database.db.selectFrom("signing_keys").select("kid").execute();
  expect(await stored()).toHaveLength(2);
  pass(1_000);
  await keyring.tend();
  expect(await stored()).toEqual([{ kid }]);
});

test("an answer given again is signed as it was, though another key signs by now", async () => {
  const { issue, rotate } = await replica();
  await rotate("routine");
  pass(leadMs - 1);
  const issuedAt = now;
  const before = await issue(issuedAt);
  pass(20_000);
  expect(await issue(issuedAt)).toBe(before);
  expect(await issue()).not.toBe(before);
});

test("is refused while a published key still waits, and changes nothing then", async () => {
  const { keyring, rotate } = await replica();
  await rotate("routine");
  const before = await keyring.list();
  await expect(rotate("routine")).rejects.toMatchObject({ code: "auth/rotation-too-soon" });
  expect(await keyring.list()).toEqual(before);
  pass(leadMs);
  await expect(rotate("routine")).resolves.toMatchObject({ state: "published" });
});

test("a stolen key is gone at once with all others, those that wait too, and what they signed verifies no longer", async () => {
  const { keyring, issue, rotate } = await replica();
  const token = await issue();
  await rotate("routine");
  const { kid, state } = await rotate("compromised");
  expect(state).toBe("signing");
  expect(await kids(keyring)).toEqual([kid]);
  expect(await verifiedBy(token, keyring)).toBeUndefined();
  expect(await verifiedBy(await issue(), keyring)).toBe(kid);
  expect(await database.db.selectFrom("signing_keys").select("kid").execute()).toEqual([{ kid }]);
});

test("any replica's token verifies with any replica's set, whoever rotated and however seldom the others look", async () => {
  const [one, other] = [await replica(), await replica()];
  const replicas = [one, other];
  const everywhere = async () => {
    for (const { issue } of replicas) {
      const token = await issue();
      for (const { keyring } of replicas) expect(await verifiedBy(token, keyring)).toBeDefined();
    }
  };
  await everywhere();
  await one.rotate("routine");
  await everywhere();
  for (let step = 0; step < 12; step += 1) {
    pass(leadMs / 10);
    await everywhere();
  }
  await other.rotate("compromised");
  const fresh = await other.issue();
  expect(await verifiedBy(fresh, one.keyring)).toBeDefined();
  pass(2_001);
  await everywhere();
});

test("replicas that are due together rotate once", async () => {
  const replicas = [await replica(), await replica(), await replica()];
  const everyRound = () => Promise.all(replicas.map(({ keyring }) => keyring.tend()));
  pass(30 * dayMs - 1);
  await everyRound();
  expect(await kids(replicas[0]!.keyring)).toHaveLength(1);
  pass(1);
  await everyRound();
  await everyRound();
  expect(await kids(replicas[1]!.keyring)).toHaveLength(2);
  const audited = await database.db
    .selectFrom("audit_log")
    .select("actor")
    .where("action", "=", "rotate-signing-key")
    .execute();
  expect(audited).toEqual([{ actor: "svc:auth" }]);
});

test("commands that race make one key, and the other is told to wait", async () => {
  const [one, other] = [await replica(), await replica()];
  const outcomes = await Promise.allSettled([one.rotate("routine"), other.rotate("routine")]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(await kids(one.keyring)).toHaveLength(2);
});

test("with Postgres gone it signs for as long as no other key can have begun to, then refuses; the set stays published", async () => {
  await using own = openAuthDatabase(platform.database.urlFor("auth"));
  const { keyring, issue } = await replica(own);
  const published = await kids(keyring);
  await own.db.destroy();
  pass(leadMs - 61_000);
  expect(await verifiedBy(await issue(), keyring)).toBe(published[0]);
  pass(2_000);
  await expect(issue()).rejects.toMatchObject({ code: "service/unavailable" });
  expect(await kids(keyring)).toEqual(published);
});
