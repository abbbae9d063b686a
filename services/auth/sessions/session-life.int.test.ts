import type { BrowserSessionView, SessionView, TokensView } from "@holdfast/contracts/api/sessions";
import { sessionEnded } from "@holdfast/contracts/events/auth";
import { decodeJwt } from "jose";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";
import { mostSessions } from "./end-surplus-sessions.ts";
import { graceMs } from "./session-lifetimes.ts";

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
const audited = (action: string, sessionId: string) =>
  world.db
    .selectFrom("audit_log")
    .selectAll()
    .where("action", "=", action)
    .where("session_id", "=", sessionId)
    .execute();
const stops = (token: string) =>
  expect.poll(async () => (await world.as(token, "GET /v1/me")).status, { timeout: 5_000 }).toBe(401);

describe("signing in", () => {
  test("remembers what with and from where, without an address, and that its owner proved themselves", async () => {
    const account = await world.add();
    const tokens = await logIn(account);
    const [session] = await listed(tokens.accessToken);
    expect(session).toMatchObject({
      sessionId: sessionOf(tokens),
      isCurrent: true,
      method: "password",
      device: "Firefox on Linux",
      network: "203.0.113.0/24",
      country: "PT",
    });
    const claims = decodeJwt<{ auth_time: number; csrf?: string }>(tokens.accessToken);
    expect(claims.auth_time).toBe(claims.iat);
    expect(claims.csrf).toBeUndefined();
    expect(await audited("logIn", sessionOf(tokens))).toMatchObject([
      { actor: account.userId, outcome: "done", network: "203.0.113.0/24", kind: "account" },
    ]);
  });

  test("from another place or with another device is told by mail, once, and the first time never", async () => {
    const account = await world.add();
    await logIn(account);
    await logIn(account);
    await logIn(account, stranger);
    await logIn(account, stranger);
    const phone = { ...laptop, "user-agent": "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Firefox/128.0" };
    await logIn(account, phone);
    const mails = await world.mailsTo(account.email, "new-device", 2);
    expect(mails.map(({ facts }) => facts)).toEqual([
      { device: "Firefox on Linux", network: "198.51.100.0/24", country: "BR" },
      { device: "Firefox on Android", network: "203.0.113.0/24", country: "PT" },
    ]);
  });

  test.each(["suspended", "closed"] as const)(
    "to a %s account is refused, by the right password alone",
    async (status) => {
      const account = await world.add();
      const tokens = await logIn(account);
      await world.db.updateTable("users").set({ status }).where("id", "=", account.userId).execute();
      const post = (password: string) =>
        world.client("POST /v1/sessions", { body: { email: account.email, password } });
      expect(await post("velvet-orbit-42-canyoN")).toMatchObject({
        status: 401,
        body: { code: "auth/credentials-wrong" },
      });
      expect(await post(account.password)).toMatchObject({
        status: 403,
        body: { code: "auth/account-inactive" },
      });
      expect(await refresh(tokens.refreshToken)).toMatchObject({
        status: 401,
        body: { code: "auth/refresh-token-invalid" },
      });
    },
  );

  test("a hundred and first time ends the session used longest ago, so that none is out of sight", async () => {
    const account = await world.add();
    const oldest = await logIn(account);
    await sql`insert into sessions (id, user_id, created_at, expires_at, idle_expires_at, last_used_at)
      select 'ses_01h455vb4pex5vsknk0' || lpad(n::text, 7, '0'), ${account.userId}, now(), now() + interval '1 day',
             now() + interval '1 day', now() + n * interval '1 second'
      from generate_series(1, ${mostSessions - 1}) n`.execute(world.db);
    const newest = await logIn(account);
    const sessions = await listed(newest.accessToken);
    expect(sessions).toHaveLength(mostSessions);
    expect(sessions.map(({ sessionId }) => sessionId)).not.toContain(sessionOf(oldest));
    expect((await refresh(oldest.refreshToken)).status).toBe(401);
    const [ended] = await world.events.about(sessionEnded, sessionOf(oldest));
    expect(ended?.data).toMatchObject({ reason: "logged-out", cause: "too-many-sessions" });
  });
});

test("a sign-in with the password that is just being replaced comes to nothing", async () => {
  const account = await world.add();
  const { email, password } = account;
  const signingIn = await world.transact(async ({ tx }) => {
    // As a reset does: the row is held while the hash that the sign-in has seen is replaced.
    await tx
      .updateTable("users")
      .set({ password_hash: "replaced" })
      .where("id", "=", account.userId)
      .execute();
    const answer = world.client("POST /v1/sessions", { body: { email, password }, headers: laptop });
    const waits = sql<{ waiting: number }>`select count(*)::int as waiting from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%"password_hash" from "users"%'`;
    await expect
      .poll(async () => (await waits.execute(world.db)).rows[0]?.waiting, { timeout: 5_000 })
      .toBeGreaterThan(0);
    return { answer };
  });
  expect(await signingIn.answer).toMatchObject({ status: 401, body: { code: "auth/credentials-wrong" } });
  const sessions = await world.db
    .selectFrom("sessions")
    .select("id")
    .where("user_id", "=", account.userId)
    .execute();
  expect(sessions).toEqual([]);
});

describe("refreshing", () => {
  test("keeps where and with what the session is used, and not when its owner proved themselves", async () => {
    const account = await world.add();
    const tokens = await logIn(account);
    await sql`update sessions set authenticated_at = authenticated_at - interval '1 hour',
      last_used_at = last_used_at - interval '1 hour' where id = ${sessionOf(tokens)}`.execute(world.db);
    const next = (await refresh(tokens.refreshToken, stranger)).body as TokensView;
    const [session] = await listed(next.accessToken);
    expect(session).toMatchObject({ network: "198.51.100.0/24", country: "BR" });
    expect(
      Temporal.Instant.from(session!.lastUsedAt).until(Temporal.Now.instant()).total("seconds"),
    ).toBeLessThan(60);
    const claims = decodeJwt<{ auth_time: number }>(next.accessToken);
    expect(claims.iat! - claims.auth_time).toBeGreaterThan(3_500);
  });

  test("a copied token is told to its owner by mail and to the audit log", async () => {
    const account = await world.add();
    const tokens = await logIn(account);
    expect((await refresh(tokens.refreshToken)).status).toBe(200);
    const sessionId = sessionOf(tokens);
    await sql`update refresh_tokens set used_at = used_at - ${`${graceMs + 1_000} ms`}::interval
      where session_id = ${sessionId}`.execute(world.db);
    expect((await refresh(tokens.refreshToken, stranger)).status).toBe(401);
    const [mail] = await world.mailsTo(account.email, "session-stolen");
    expect(mail?.facts).toEqual({ device: "Firefox on Linux", network: "203.0.113.0/24", country: "PT" });
    expect(await audited("reuseRefreshToken", sessionId)).toMatchObject([
      { actor: null, targets: [account.userId], network: "198.51.100.0/24" },
    ]);
    await stops(tokens.accessToken);
  });
});

describe("in a browser", () => {
  interface Jar {
    readonly access: string;
    readonly refresh: string;
    readonly view: BrowserSessionView;
    readonly set: string[];
  }
  const path = "/v1/browser-sessions" as const;
  const jar = ({ headers, body }: { headers: Headers; body: unknown }): Jar => {
    const set = headers.getSetCookie();
    const value = (name: string) =>
      set.find((cookie) => cookie.startsWith(`${name}=`))?.split(/[=;]/)[1] ?? "";
    return {
      access: value("__Host-holdfast-access"),
      refresh: value("__Secure-holdfast-refresh"),
      view: body as BrowserSessionView,
      set,
    };
  };
  const signIn = async () => {
    const { email, password } = await world.add();
    const answer = await world.client(`POST ${path}`, { body: { email, password }, headers: laptop });
    expect(answer.status).toBe(201);
    return jar(answer);
  };
  const renew = (cookie: string, csrf?: string) =>
    world.client(`POST ${path}/refresh`, {
      headers: {
        cookie: `__Secure-holdfast-refresh=${cookie}`,
        ...(csrf === undefined ? {} : { "x-csrf-token": csrf }),
      },
    });

  test("the tokens are in cookies that no script, no other site and no open connection gets", async () => {
    const browser = await signIn();
    const lifetime = 14 * 86_400;
    expect(browser.set[0]).toBe(
      `__Host-holdfast-access=${browser.access}; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Lax`,
    );
    const [, maxAge] = /Max-Age=(\d+)/.exec(browser.set[1] ?? "") ?? [];
    expect(Number(maxAge)).toBeGreaterThan(lifetime - 60);
    expect(Number(maxAge)).toBeLessThanOrEqual(lifetime);
    expect(browser.set[1]).toMatch(
      /; Path=\/v1\/browser-sessions\/refresh; .*; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(Object.keys(browser.view).toSorted()).toEqual(["csrfToken", "expiresInSeconds", "user"]);
    expect(JSON.stringify(browser.view)).not.toContain(browser.refresh);
    expect(decodeJwt(browser.access)["csrf"]).toBe(browser.view.csrfToken);
  });

  test("refreshing gives new cookies and keeps the token against forgery", async () => {
    const browser = await signIn();
    const answer = await renew(browser.refresh, browser.view.csrfToken);
    expect(answer.status).toBe(200);
    const next = jar(answer);
    expect(next.view.csrfToken).toBe(browser.view.csrfToken);
    expect(next.refresh).not.toBe(browser.refresh);
    expect((await world.as(next.access, "GET /v1/me")).status).toBe(200);
    expect((await renew(next.refresh, next.view.csrfToken)).status).toBe(200);
  });

  test("refreshing without the token against forgery, or with another, is refused and uses nothing up", async () => {
    const browser = await signIn();
    const other = await signIn();
    for (const csrf of [undefined, "", "x".repeat(browser.view.csrfToken.length), other.view.csrfToken]) {
      expect(await renew(browser.refresh, csrf)).toMatchObject({
        status: 403,
        body: { code: "auth/csrf-token-wrong" },
      });
    }
    const tips = await world.db
      .selectFrom("refresh_tokens")
      .select("used_at")
      .where("session_id", "=", sessionOf({ accessToken: browser.access }))
      .execute();
    expect(tips).toEqual([{ used_at: null }]);
  });

  test("a page of our own origin, by the browser's word, learns the token against forgery; one of the same site does not", async () => {
    const browser = await signIn();
    const from = (site: string) =>
      world.client(`POST ${path}/refresh`, {
        headers: { cookie: `__Secure-holdfast-refresh=${browser.refresh}`, "sec-fetch-site": site },
      });
    for (const site of ["same-site", "cross-site", "none"]) expect((await from(site)).status).toBe(403);
    expect(await from("same-origin")).toMatchObject({
      status: 200,
      body: { csrfToken: browser.view.csrfToken },
    });
  });

  test("a token works only where it was given: a browser's in cookies, a program's in bodies", async () => {
    const browser = await signIn();
    expect((await refresh(browser.refresh)).status).toBe(401);
    const program = await world.signedIn();
    expect((await renew(program.tokens.refreshToken, "")).status).toBe(401);
    expect((await refresh(program.tokens.refreshToken)).status).toBe(200);
    expect((await renew(browser.refresh, browser.view.csrfToken)).status).toBe(200);
    expect(await world.client(`POST ${path}/refresh`)).toMatchObject({
      status: 401,
      body: { code: "auth/refresh-token-invalid" },
    });
  });

  test("signing out clears both cookies and ends the session", async () => {
    const browser = await signIn();
    const answer = await world.as(browser.access, `DELETE ${path}/current`);
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toEqual([
      "__Host-holdfast-access=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
      "__Secure-holdfast-refresh=; Path=/v1/browser-sessions/refresh; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
    ]);
    expect((await renew(browser.refresh, browser.view.csrfToken)).status).toBe(401);
  });
});
