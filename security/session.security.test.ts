/** Attacks on sessions: their tokens and cookies, second factors, proofs that are too old. */
import { logOut, tokensView } from "@holdfast/contracts/api/sessions";
import { setUserRoles, setUserStatus } from "@holdfast/contracts/api/users";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeAttacks } from "./attack.ts";
import { doorsOf, knock } from "./jwt/doors.ts";
import { refresh, refreshed, sessionOf } from "./session/accounts.ts";
import { browserAttacks } from "./session/browser-attacks.ts";
import { enterSessionGround } from "./session/ground.ts";
import { proofAttacks } from "./session/proof-attacks.ts";
import { tokenAttacks } from "./session/token-attacks.ts";
import { type Account, SecurityWorld } from "./world.ts";

let world: SecurityWorld;
beforeAll(async () => {
  world = await SecurityWorld.enter();
});
afterAll(() => world?.[Symbol.asyncDispose]());

describeAttacks({
  family: "a session that is not one's own",
  atLeast: 45,
  enter: () => enterSessionGround(world),
  attacks: [...tokenAttacks, ...browserAttacks, ...proofAttacks],
});

describe("of many at once,", () => {
  /** Refresh tokens of the session that work. */
  async function tipsOf(accessToken: string): Promise<number> {
    const { rowCount } = await world.sql.query(
      `select 1 from auth.refresh_tokens t join auth.sessions s on s.id = t.session_id
       where s.id = $1 and t.used_at is null and s.ended_at is null`,
      [sessionOf(accessToken)],
    );
    return rowCount ?? 0;
  }

  test("50 parallel refreshes of one token leave one tip, and are all told the same", async () => {
    const { client } = await world.newAccount(["customer"]);
    const { accessToken, refreshToken } = client.tokens;
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(world, refreshToken)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const given = answers.map(({ text }) => tokensView.parse(JSON.parse(text)));
    expect(new Set(given.map((each) => `${each.accessToken} ${each.refreshToken}`)).size).toBe(1);
    expect(await tipsOf(accessToken)).toBe(1);
    const next = await refreshed(world, given[0]?.refreshToken ?? "");
    expect(next.refreshToken).not.toBe(given[0]?.refreshToken);
  });

  test("a refresh that races the end of its session leaves nothing that works, a hundred times", async () => {
    const { email, password, client } = await world.newAccount(["customer"]);
    const rounds = Array.from({ length: 100 }, (_, round) => round);
    let wins = 0;
    const race = async (): Promise<void> => {
      const here = await client.logIn({ email, password });
      const { accessToken, refreshToken } = here.tokens;
      const [answered] = await Promise.all([refresh(world, refreshToken), here.call(logOut)]);
      expect([200, 401]).toContain(answered.status);
      const won = answered.status === 200;
      if (won) wins += 1;
      const given = won ? [tokensView.parse(JSON.parse(answered.text)).refreshToken] : [];
      const tried = await Promise.all([refreshToken, ...given].map((token) => refresh(world, token)));
      expect(tried.filter(({ status }) => status !== 401)).toEqual([]);
      expect(await tipsOf(accessToken)).toBe(0);
    };
    const side = 5;
    for (let at = 0; at < rounds.length; at += side) {
      await Promise.all(rounds.slice(at, at + side).map(race));
    }
    // Both orders happened, or it was no race.
    expect(wins).toBeGreaterThan(0);
    expect(wins).toBeLessThan(rounds.length);
  });
});

describe("what an account may no longer do is refused everywhere within five seconds:", () => {
  const withinMs = 5_000;
  let account: Account;

  test.each([
    [
      "a suspended account's token",
      () =>
        world.people.admin.client.call(setUserStatus, {
          params: { userId: account.userId },
          body: { status: "suspended", reason: "So." },
        }),
    ],
    [
      "a token with a role that was taken away",
      () =>
        world.people.admin.client.call(setUserRoles, {
          params: { userId: account.userId },
          body: { roles: ["customer"] },
        }),
    ],
  ])("%s", async (_, change) => {
    account = await world.newAccount(["admin"]);
    const doors = doorsOf(world.place, world.vendorA.resourceId);
    const authorization = `Bearer ${account.client.tokens.accessToken}`;
    expect((await knock(doors, authorization)).every(({ status }) => status < 300)).toBe(true);
    await change();
    await until(
      "every process to refuse the token",
      async () => (await knock(doors, authorization)).every(({ code }) => code === "auth/token-invalid"),
      withinMs,
    );
  });
});
