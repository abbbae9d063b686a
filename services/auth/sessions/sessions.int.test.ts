import { createClock } from "@holdfast/chassis/clock";
import type { TokensView } from "@holdfast/contracts/api/sessions";
import { envelopeSchema } from "@holdfast/contracts/define-event";
import { sessionEnded } from "@holdfast/contracts/events/auth";
import type { EventLog } from "@holdfast/testkit/services/event-log";
import type { JsonClient } from "@holdfast/testkit/services/json-client";
import { decodeJwt } from "jose";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AuthWorld, startAuthWorld, usualPassword } from "../auth-world.fixture.ts";
import { refreshTokenHash } from "./refresh-token.ts";
import { graceMs } from "./session-lifetimes.ts";
import { sweepSessions } from "./sweep-sessions.ts";

const person = { email: "ana@example.com", password: usualPassword };

let world: AuthWorld;
let client: JsonClient;
let events: EventLog;
let database: Pick<AuthWorld, "db">;
let tokens: TokensView;
let sessionId: `ses_${string}`;

beforeAll(async () => {
  world = await startAuthWorld();
  ({ client, events } = world);
  database = world;
  await world.add(person);
});

afterAll(() => world?.[Symbol.asyncDispose]());

beforeEach(async () => {
  const { body } = await client("POST /v1/sessions", { body: person });
  tokens = body as TokensView;
  sessionId = decodeJwt<{ sid: `ses_${string}` }>(tokens.accessToken).sid;
});

const refresh = (refreshToken: string) => client("POST /v1/sessions/refresh", { body: { refreshToken } });
const logOut = (accessToken = tokens.accessToken) =>
  client("DELETE /v1/sessions/current", { headers: { authorization: `Bearer ${accessToken}` } });

async function refreshed(refreshToken: string): Promise<TokensView> {
  const { status, body } = await refresh(refreshToken);
  expect(status).toBe(200);
  return body as TokensView;
}

async function expectRefused(refreshToken: string): Promise<void> {
  const { status, body } = await refresh(refreshToken);
  expect(status).toBe(401);
  expect(body).toMatchObject({ code: "auth/refresh-token-invalid" });
}

/** Makes every use of this session's tokens older. */
const age = (ms: number) =>
  sql`update refresh_tokens set used_at = used_at - ${`${ms} milliseconds`}::interval where session_id = ${sessionId}`.execute(
    database.db,
  );

const family = () =>
  database.db.selectFrom("refresh_tokens").selectAll().where("session_id", "=", sessionId).execute();

describe("refreshing", () => {
  test("gives new tokens of the same session, which work", async () => {
    const next = await refreshed(tokens.refreshToken);
    expect(next.refreshToken).not.toBe(tokens.refreshToken);
    expect(next.user).toEqual(tokens.user);
    expect(decodeJwt(next.accessToken)["sid"]).toBe(sessionId);
    expect(decodeJwt(next.accessToken).jti).not.toBe(decodeJwt(tokens.accessToken).jti);
    const me = await client("GET /v1/me", { headers: { authorization: `Bearer ${next.accessToken}` } });
    expect(me.body).toEqual(tokens.user);
    await refreshed(next.refreshToken);
  });

  test("50 times at once with one token leaves one tip, and gives everybody the same answer", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(tokens.refreshToken)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);

    const next = answers[0]?.body as TokensView;
    const rows = await family();
    expect(rows).toHaveLength(2);
    const tips = rows.filter(({ used_at }) => used_at === null);
    expect(tips.map(({ hash }) => hash)).toEqual([refreshTokenHash(next.refreshToken)]);
    await refreshed(next.refreshToken);
  });

  test("again within the grace gives the same answer, even when its successor was used already", async () => {
    const next = await refreshed(tokens.refreshToken);
    const afterNext = await refreshed(next.refreshToken);
    await age(graceMs - 5_000);
    const replayed = await refreshed(tokens.refreshToken);
    expect(replayed.refreshToken).toBe(next.refreshToken);
    expect(decodeJwt(replayed.accessToken).jti).toBe(decodeJwt(next.accessToken).jti);
    await refreshed(afterNext.refreshToken);
  });

  test("after the grace ends the family, and says so once", async () => {
    const next = await refreshed(tokens.refreshToken);
    await age(graceMs + 1_000);
    await expectRefused(tokens.refreshToken);
    await expectRefused(next.refreshToken);
    await expectRefused(tokens.refreshToken);

    const told = await events.about(sessionEnded, sessionId);
    expect(told).toHaveLength(1);
    expect(envelopeSchema(sessionEnded).parse(told[0])).toMatchObject({
      source: "/services/auth",
      aggregateversion: 2,
      data: { sessionId, userId: tokens.user.userId, reason: "token-reused" },
    });
  });

  test("ends one family and leaves the user's others alone", async () => {
    const { body: other } = await client("POST /v1/sessions", { body: person });
    await refreshed(tokens.refreshToken);
    await age(graceMs + 1_000);
    await expectRefused(tokens.refreshToken);
    await refreshed((other as TokensView).refreshToken);
  });

  test.each(["expires_at", "idle_expires_at"])("is refused when %s has passed", async (column) => {
    const past = "2026-01-01T00:00:00Z";
    await sql`update sessions set idle_expires_at = ${past}${column === "expires_at" ? sql`, expires_at = ${past}` : sql``}
      where id = ${sessionId}`.execute(database.db);
    await expectRefused(tokens.refreshToken);
  });

  test("puts off the idle end, and never the absolute one", async () => {
    const session = () =>
      database.db.selectFrom("sessions").selectAll().where("id", "=", sessionId).executeTakeFirstOrThrow();
    const before = await session();
    const soon = Temporal.Now.instant().add({ hours: 1 }).toString();
    await sql`update sessions set idle_expires_at = ${soon} where id = ${sessionId}`.execute(database.db);
    await refreshed(tokens.refreshToken);
    const after = await session();
    expect(after.expires_at).toBe(before.expires_at);
    const idleHours = Temporal.Now.instant().until(after.idle_expires_at).total("hours");
    expect(idleHours).toBeGreaterThan(14 * 24 - 1);
    expect(idleHours).toBeLessThanOrEqual(14 * 24);
  });

  test.each(["", "nonsense", "x".repeat(43), "x".repeat(512)])("refuses %j", async (token) => {
    await expectRefused(token);
  });

  test("keeps no token that works in the database", async () => {
    const next = await refreshed(tokens.refreshToken);
    const rows = await sql<{ text: string }>`
      select t::text as text from refresh_tokens t where session_id = ${sessionId}`.execute(database.db);
    const stored = JSON.stringify(rows.rows);
    for (const token of [tokens.refreshToken, next.refreshToken]) {
      expect(stored).toContain(refreshTokenHash(token).toString("hex"));
      expect(stored).not.toContain(token);
      expect(stored).not.toContain(Buffer.from(token, "base64url").toString("hex"));
    }
  });
});

describe("logging out", () => {
  test("ends all of the session's tokens, and says so once however often it is done", async () => {
    const next = await refreshed(tokens.refreshToken);
    // The token works for a moment yet, or no longer: asked at once, it is the former as a rule.
    const answers = await Promise.all([logOut(), logOut(next.accessToken)]);
    expect(answers.map(({ status }) => status)).toContain(204);
    expect([204, 401]).toContain((await logOut()).status);
    await expectRefused(tokens.refreshToken);
    await expectRefused(next.refreshToken);
    const told = await events.about(sessionEnded, sessionId);
    expect(told.map(({ data }) => data.reason)).toEqual(["logged-out"]);
  });

  test("racing with refreshing leaves no token that works", async () => {
    for (let round = 0; round < 10; round += 1) {
      const { body } = await client("POST /v1/sessions", { body: person });
      const { accessToken, refreshToken } = body as TokensView;
      const racers = await Promise.all([refresh(refreshToken), logOut(accessToken), refresh(refreshToken)]);
      expect(racers[1].status).toBe(204);
      await expectRefused(refreshToken);
      const answered = [racers[0], racers[2]];
      expect(answered.every(({ status }) => status === 200 || status === 401)).toBe(true);
      const won = answered.filter(({ status }) => status === 200);
      for (const { body: given } of won) await expectRefused((given as TokensView).refreshToken);
    }
  });

  test("needs a token", async () => {
    expect((await client("DELETE /v1/sessions/current")).status).toBe(401);
  });
});

describe("the sweep", () => {
  const clock = createClock({ test: false });
  const sweep = () => sweepSessions({ db: database.db, clock });

  test("erases what successors were derived with once the grace has passed, and not before", async () => {
    await refreshed(tokens.refreshToken);
    await sweep();
    expect((await family()).filter((token) => token.successor_salt !== null)).toHaveLength(1);
    await age(graceMs * 3);
    await sweep();
    expect((await family()).filter((token) => token.successor_salt !== null)).toHaveLength(0);
    await expectRefused(tokens.refreshToken);
  });

  test("deletes the tokens of sessions over for a day, the sessions after a month, and no others", async () => {
    const { body } = await client("POST /v1/sessions", { body: person });
    const living = (body as TokensView).refreshToken;
    const endAgain = (hours: number) =>
      sql`update sessions set ended_at = now() - ${hours} * interval '1 hour' where id = ${sessionId}`.execute(
        database.db,
      );
    const session = () =>
      database.db.selectFrom("sessions").select("id").where("id", "=", sessionId).execute();
    await logOut();
    await sweep();
    expect(await family()).toHaveLength(1);
    await endAgain(25);
    await sweep();
    expect(await family()).toHaveLength(0);
    await endAgain(29 * 24);
    await sweep();
    expect(await session()).toHaveLength(1);
    await endAgain(31 * 24);
    await sweep();
    expect(await session()).toHaveLength(0);
    await refreshed(living);
  });

  test("forgets revocations that no token can outlive, and no others", async () => {
    await logOut();
    const revoked = () =>
      database.db.selectFrom("revocations").select("id").where("id", "=", sessionId).execute();
    await sweep();
    expect(await revoked()).toHaveLength(1);
    await sql`update revocations set revoked_at = revoked_at - interval '11 minutes' where id = ${sessionId}`.execute(
      database.db,
    );
    await sweep();
    expect(await revoked()).toHaveLength(0);
  });
});
