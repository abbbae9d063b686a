import assert from "node:assert";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { TokensView } from "@holdfast/contracts/api/sessions";
import { jsonClient } from "@holdfast/testkit/services/json-client";
import { type ServicePlatform, startServicePlatform } from "@holdfast/testkit/services/service-platform";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { authSettings } from "../auth-settings.fixture.ts";
import { addAccount, openAuthDatabase } from "../auth-world.fixture.ts";
import { readConfig } from "../config.ts";
import { startAuth } from "../service.ts";

const person = { email: "ana@example.com", password: "velvet-orbit-42-canyon", name: "Ana" };

let platform: ServicePlatform;

beforeAll(async () => {
  platform = await startServicePlatform("auth");
});

afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
});

const environment = (of: Readonly<Record<string, string>>) => ({
  ...of,
  ...authSettings,
});

/** Starts a process of its own, as in production, and waits until it is ready. */
async function startProcess(env: Record<string, string>): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL("../main.ts", import.meta.url), { env, stdio: "ignore" });
  const exited = once(child, "exit").then(([code]) => Promise.reject(new Error(`auth ended with ${code}`)));
  exited.catch(() => undefined);
  const [message] = (await Promise.race([once(child, "message"), exited])) as [{ ready: true; port: number }];
  return { child, port: message.port };
}

async function stopProcess(child: ChildProcess): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await exited) as [number | null];
  return code;
}

const keysAt = async (port: number) => {
  const { body, headers } = await jsonClient(`http://127.0.0.1:${port}`)("GET /.well-known/jwks.json");
  expect(headers.get("cache-control")).toMatch(/max-age=\d+/);
  return body as JSONWebKeySet;
};

test("two processes that start at once on an empty database agree on one key, and stop in order", async () => {
  const empty = await platform.emptyDatabase();
  const env = environment(empty.environment);
  const started = await Promise.all([startProcess(env), startProcess(env)]);
  try {
    const [one, other] = await Promise.all(started.map(({ port }) => keysAt(port)));
    expect(one?.keys).toHaveLength(1);
    expect(other).toEqual(one);

    const [atOne, atOther] = started.map(({ port }) => jsonClient(`http://127.0.0.1:${port}`));
    assert(atOne !== undefined && atOther !== undefined);
    {
      await using database = openAuthDatabase(empty.database.urlFor("auth"));
      await addAccount(database.transact, person);
    }
    const { email, password } = person;
    const logIn = await atOne("POST /v1/sessions", { body: { email, password } });
    const headers = { authorization: `Bearer ${(logIn.body as TokensView).accessToken}` };
    expect((await atOther("GET /v1/me", { headers })).status).toBe(200);
  } finally {
    const codes = await Promise.all(started.map(({ child }) => stopProcess(child)));
    expect(codes).toEqual([0, 0]);
  }
});

test("publishes public halves alone, and tokens verify with them after a restart", async () => {
  const env = environment(platform.environment);
  let token: string;
  let before: JSONWebKeySet;
  {
    await using first = await startAuth(readConfig(env));
    before = await keysAt(first.port);
    const client = jsonClient(`http://127.0.0.1:${first.port}`);
    await using database = openAuthDatabase(platform.database.urlFor("auth"));
    await addAccount(database.transact, person);
    const { body } = await client("POST /v1/sessions", {
      body: { email: person.email, password: person.password },
    });
    token = (body as TokensView).accessToken;
  }
  await using second = await startAuth(readConfig(env));
  const after = await keysAt(second.port);
  expect(after).toEqual(before);
  expect(after.keys).toEqual([
    { kty: "OKP", crv: "Ed25519", x: expect.any(String), kid: expect.any(String), use: "sig", alg: "EdDSA" },
  ]);
  const verified = await jwtVerify(token, createLocalJWKSet(after), { typ: "at+jwt", audience: "holdfast" });
  expect(verified.protectedHeader.kid).toBe(after.keys[0]?.kid);
});

test("does not start with a secret that does not open its keys, and says so without quoting it", async () => {
  const empty = await platform.emptyDatabase();
  const env = environment(empty.environment);
  await (await startAuth(readConfig(env)))[Symbol.asyncDispose]();
  const other = "another-secret-of-at-least-32-characters";
  const start = startAuth(readConfig({ ...env, KEY_ENCRYPTION_SECRET: other }));
  await expect(start).rejects.toThrow(/KEY_ENCRYPTION_SECRET does not open signing key/);
  await expect(start).rejects.not.toThrow(other);
});
