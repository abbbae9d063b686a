import { Redis } from "ioredis";
import type { SessionView, TokensView } from "@holdfast/contracts/api/sessions";
import { sessionEnded } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import { until } from "@holdfast/testkit/until";
import { decodeJwt } from "jose";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, type AuthWorld, bearer, startAuthWorld } from "../auth-world.fixture.ts";
import { revokeUserTokens } from "./revoke-user-tokens.ts";

let world: AuthWorld;
beforeAll(async () => {
  world = await startAuthWorld();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const laptop = {
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "x-forwarded-for": "203.0.113.7",
  "x-client-country": "PT",
};
const stranger = { ...laptop, "x-forwarded-for": "198.51.100.9", "x-client-country": "BR" };

async function logIn({ email, password }: Account, headers: Record<string, string> = laptop) {
  const { status, body } = await world.client("POST /v1/sessions", { body: { email, password }, headers });
  expect(status).toBe(201);
  return body as TokensView;
}
const refresh = (refreshToken: string, headers: Record<string, string> = laptop) =>
  world.client("POST /v1/sessions/refresh", { body: { refreshToken }, headers });
const sessionOf = ({ accessToken }: Pick<TokensView, "accessToken">) =>
  decodeJwt<{ sid: `ses_${string}` }>(accessToken).sid;
const listed = async (token: string) =>
  ((await world.as(token, "GET /v1/sessions")).body as { items: SessionView[] }).items;
const stops = (token: string) =>
  expect.poll(async () => (await world.as(token, "GET /v1/me")).status, { timeout: 5_000 }).toBe(401);

describe("changing roles", () => {
  test("refreshing right after gives a token with the new ones that is not taken for an old one", async () => {
    const account = await world.add();
    const tokens = await logIn(account);
    const change = (roles: ("customer" | "support")[]) =>
      world.transact(async (unit) => {
        const tokensFrom = await revokeUserTokens(unit, account.userId, Temporal.Now.instant());
        await unit.tx.updateTable("users").set({ roles }).where("id", "=", account.userId).execute();
        return Temporal.Instant.from(tokensFrom).epochMilliseconds;
      });
    const first = await change(["customer", "support"]);
    const promoted = (await refresh(tokens.refreshToken)).body as TokensView;
    expect(decodeJwt(promoted.accessToken)).toMatchObject({ roles: ["customer", "support"] });
    expect(decodeJwt(promoted.accessToken).iat! * 1_000).toBeGreaterThan(first);
    // Dated on as it is, the next change must refuse it all the same.
    const second = await change(["customer"]);
    expect(second).toBeGreaterThanOrEqual(decodeJwt(promoted.accessToken).iat! * 1_000);
    const demoted = (await refresh(promoted.refreshToken)).body as TokensView;
    expect(decodeJwt(demoted.accessToken)).toMatchObject({ roles: ["customer"] });
    await stops(promoted.accessToken);
    expect((await world.as(demoted.accessToken, "GET /v1/me")).status).toBe(200);
  });

  test("makes refreshes and sign-ins in hand wait, and gives them the new ones", async () => {
    const account = await world.add();
    const { refreshToken } = await logIn(account);
    const waiting = async () => {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(world.db);
      return rows[0]?.count === 2;
    };
    const [tokensFrom, pending] = await world.transact(async (unit) => {
      const from = await revokeUserTokens(unit, account.userId, Temporal.Now.instant());
      await unit.tx
        .updateTable("users")
        .set({ roles: ["customer", "support"] })
        .where("id", "=", account.userId)
        .execute();
      const both = Promise.all([refresh(refreshToken), logIn(account)]);
      await until("both to wait for the change", waiting);
      return [from, () => both] as const;
    });
    const [refreshed, signedIn] = await pending();
    for (const { accessToken } of [refreshed.body as TokensView, signedIn]) {
      const claims = decodeJwt<{ iat: number }>(accessToken);
      expect(claims).toMatchObject({ roles: ["customer", "support"] });
      expect(claims.iat * 1_000).toBeGreaterThan(Temporal.Instant.from(tokensFrom).epochMilliseconds);
    }
  });
});

describe("ending sessions", () => {
  test("there ends that one, whose tokens stop within five seconds, and leaves the others", async () => {
    const account = await world.add();
    const [here, there] = [await logIn(account), await logIn(account, stranger)];
    const path = `DELETE /v1/sessions/${sessionOf(there)}` as const;
    expect((await world.as(here.accessToken, path)).status).toBe(204);
    expect((await world.as(here.accessToken, path)).status).toBe(204);
    expect((await refresh(there.refreshToken)).status).toBe(401);
    await stops(there.accessToken);
    expect((await listed(here.accessToken)).map(({ sessionId }) => sessionId)).toEqual([sessionOf(here)]);
    const told = await world.events.about(sessionEnded, sessionOf(there));
    expect(told.map(({ data }) => data.cause)).toEqual(["ended-elsewhere"]);
  });

  test("a stranger's, or one that is not there, is not found, and nothing ends", async () => {
    const victim = await world.signedIn();
    const other = await world.signedIn();
    for (const sessionId of [sessionOf(victim.tokens), newId("ses")]) {
      expect(await world.as(other.tokens.accessToken, `DELETE /v1/sessions/${sessionId}`)).toMatchObject({
        status: 404,
        body: { code: "auth/session-not-found" },
      });
    }
    expect((await refresh(victim.tokens.refreshToken)).status).toBe(200);
  });

  test("everywhere else leaves the one that asks; everywhere leaves none", async () => {
    const account = await world.add();
    const [here, there] = [await logIn(account), await logIn(account)];
    expect((await world.as(here.accessToken, "DELETE /v1/sessions?except=current")).status).toBe(204);
    expect((await refresh(there.refreshToken)).status).toBe(401);
    const next = (await refresh(here.refreshToken)).body as TokensView;
    expect((await world.as(next.accessToken, "DELETE /v1/sessions")).status).toBe(204);
    expect((await refresh(next.refreshToken)).status).toBe(401);
    await stops(here.accessToken);
  });

  test("by support shows and ends another's; a customer may do neither", async () => {
    const victim = await world.signedIn();
    const { tokens } = await world.signedIn({ roles: ["support"] });
    const path = `/v1/users/${victim.userId}/sessions` as const;
    expect((await world.as(victim.tokens.accessToken, `DELETE ${path}`)).status).toBe(403);
    const shown = (await world.as(tokens.accessToken, `GET ${path}`)).body as { items: SessionView[] };
    expect(shown.items).toMatchObject([{ sessionId: sessionOf(victim.tokens), isCurrent: false }]);
    expect((await world.as(tokens.accessToken, `DELETE ${path}`)).status).toBe(204);
    expect((await refresh(victim.tokens.refreshToken)).status).toBe(401);
    for (const method of ["GET", "DELETE"] as const) {
      const answer = await world.as(tokens.accessToken, `${method} /v1/users/${newId("usr")}/sessions`);
      expect(answer).toMatchObject({ status: 404, body: { code: "auth/user-not-found" } });
    }
  });

  test("everywhere racing refreshes leaves no session that began before", async () => {
    const account = await world.add();
    for (let round = 0; round < 5; round += 1) {
      const [here, there] = [await logIn(account), await logIn(account)];
      const [ended, ...refreshed] = await Promise.all([
        world.as(here.accessToken, "DELETE /v1/sessions"),
        refresh(here.refreshToken),
        refresh(there.refreshToken),
      ]);
      expect(ended.status).toBe(204);
      const won = refreshed.filter(({ status }) => status === 200);
      for (const { body } of won) {
        expect((await refresh((body as TokensView).refreshToken)).status).toBe(401);
      }
      const { rows } = await sql<{ living: number }>`select count(*)::int as living from sessions
        where user_id = ${account.userId} and ended_at is null`.execute(world.db);
      expect(rows[0]?.living).toBe(0);
    }
  });

  test("is in Redis at once and again each second, though Redis lost everything", async () => {
    const { tokens } = await world.signedIn();
    const token = tokens.accessToken;
    await world.as(token, "DELETE /v1/sessions/current");
    const redis = new Redis(world.environment["REDIS_URL"]!);
    try {
      const has = async () =>
        (await redis.zrange("revocations", "0", "-1")).some((member) => member.includes(sessionOf(tokens)));
      await expect.poll(has, { timeout: 500, interval: 20 }).toBe(true);
      await redis.flushall();
      await expect.poll(has, { timeout: 5_000 }).toBe(true);
    } finally {
      redis.disconnect();
    }
    expect((await world.client("GET /v1/me", { headers: bearer(token) })).status).toBe(401);
  });
});
