import { createClock } from "@holdfast/chassis/clock";
import { createLogger } from "@holdfast/chassis/log";
import { createMetrics } from "@holdfast/chassis/metrics";
import { connectRedis, type RedisClient } from "@holdfast/chassis/redis";
import type { Problem } from "@holdfast/chassis/problem";
import { idempotencyKeyReused } from "@holdfast/chassis/problems";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Account, type AuthWorld, startAuthWorld } from "../auth-world.fixture.ts";
import { accountInactive, codeWrong } from "../problems.ts";
import { type Attempt, type Attempts, createAttempts } from "./attempts.ts";

const log = createLogger("test", "fatal");
const clock = createClock({ test: false });
const home = "198.51.100.7";

let world: AuthWorld;
let redis: RedisClient;

beforeAll(async () => {
  world = await startAuthWorld();
  redis = connectRedis({ url: world.environment["REDIS_URL"] ?? "", log });
  await until("Redis is up", () => Promise.resolve(redis.up || undefined));
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const logIn = ({ email, password }: Pick<Account, "email" | "password">, from: string) =>
  world.client("POST /v1/sessions", { body: { email, password }, headers: { "x-forwarded-for": from } });

/** Addresses of networks that nobody else comes from. */
let networks = 0;
const elsewhere = () => `10.${Math.floor((networks += 1) / 250)}.${networks % 250}.9`;

async function failTimes(times: number, account: Pick<Account, "email">, from = elsewhere): Promise<void> {
  for (let count = 0; count < times; count += 1)
    expect((await logIn({ ...account, password: "velvet-orbit-43-canyon" }, from())).status).toBe(401);
}

describe("signing in", () => {
  test("after ten failures on an account, from wherever they came, the right password is not looked at either", async () => {
    const account = await world.add();
    await failTimes(10, account);
    const refused = await logIn(account, elsewhere());
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: "auth/too-many-attempts" });
    const waitSeconds = Number(refused.headers.get("retry-after"));
    expect(waitSeconds).toBeGreaterThan(60);
    expect(waitSeconds).toBeLessThanOrEqual(90);
  });

  test("an address without an account is answered just the same", async () => {
    const account = await world.add();
    const nobody = { email: "nobody-at-all@example.com", password: account.password };
    const answers = [];
    for (const who of [account, nobody]) {
      await failTimes(10, who);
      const { status, body, headers } = await logIn(who, elsewhere());
      const { traceId: _, ...told } = body as Record<string, unknown>;
      answers.push({ status, told, names: [...headers.keys()].toSorted() });
    }
    expect(answers[0]?.status).toBe(429);
    expect(answers[1]).toEqual(answers[0]);
  });

  test("strangers cannot lock out an owner where the owner signed in from before", async () => {
    const account = await world.add();
    expect((await logIn(account, home)).status).toBe(201);
    await failTimes(10, account);
    expect((await logIn(account, elsewhere())).status).toBe(429);
    expect((await logIn(account, home.replace(/7$/, "200"))).status).toBe(201);
  });

  test("twenty failures hold up that network, too", async () => {
    const account = await world.add();
    const from = elsewhere();
    expect((await logIn(account, from)).status).toBe(201);
    await failTimes(20, account, () => from);
    expect((await logIn(account, from)).status).toBe(429);
  });

  test("a network that the account was signed in from more than 30 days ago is a stranger's", async () => {
    const account = await world.add();
    const from = elsewhere();
    expect((await logIn(account, from)).status).toBe(201);
    await world.db
      .updateTable("sessions")
      .set({
        last_used_at: clock
          .machineNow()
          .subtract({ hours: 30 * 24 + 1 })
          .toString(),
      })
      .where("user_id", "=", account.userId)
      .execute();
    await failTimes(10, account);
    expect((await logIn(account, from)).status).toBe(429);
  });

  test("who is right is never counted", async () => {
    const account = await world.add();
    for (let count = 0; count < 12; count += 1) expect((await logIn(account, elsewhere())).status).toBe(201);
  });
});

describe("the limits", () => {
  let made = 0;
  /** Limits of their own: a network of this name is no other test's. */
  const scene = (perNetwork = 100, using = redis) => {
    const attempts = createAttempts({
      db: world.db,
      clock,
      redis: using,
      log,
      metrics: createMetrics("test", { defaults: false }),
      perNetwork,
    });
    const id = (made += 1);
    return { attempts, attempt: (of: Partial<Attempt> = {}) => ({ ...attemptOf(id), ...of }) };
  };
  const attemptOf = (id: number): Attempt => ({
    kind: "password",
    account: `scene${id}@example.com`,
    network: `192.168.${id}.0/24`,
  });
  const wrong = async (): Promise<string> => {
    throw codeWrong();
  };
  const right = async () => "in";
  const codeOf = (attempts: Attempts, attempt: Attempt, check = wrong) =>
    attempts.guard(attempt, check).catch((error: Problem) => error.code);
  const tooMany = "auth/too-many-attempts";

  test("what is refused is not looked at: a flood costs no hashing", async () => {
    const { attempts, attempt } = scene();
    for (let count = 0; count < 10; count += 1) await codeOf(attempts, attempt());
    let looks = 0;
    const looked = async () => {
      looks += 1;
      return wrong();
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => codeOf(attempts, attempt(), looked)));
    expect(new Set(answers)).toEqual(new Set([tooMany]));
    expect(looks).toBe(0);
  });

  test("of guesses sent all at once the right one does not come through behind ten wrong ones", async () => {
    const { attempts, attempt } = scene();
    const begun = Promise.withResolvers<void>();
    const guesses = Array.from({ length: 30 }, () =>
      codeOf(attempts, attempt(), async () => {
        await begun.promise;
        return wrong();
      }),
    );
    const last = codeOf(attempts, attempt(), async () => {
      begun.resolve();
      await Promise.all(guesses);
      return right();
    });
    expect(await last).toBe(tooMany);
  });

  test("codes of one account are looked at one by one, so no burst tries more than ten", async () => {
    const { attempts, attempt } = scene();
    const code = attempt({ kind: "code", account: "usr_01h455vb4pex5vsknk084sn02q" });
    let looks = 0;
    await Promise.all(
      Array.from({ length: 60 }, () =>
        codeOf(attempts, code, async () => {
          looks += 1;
          return wrong();
        }),
      ),
    );
    expect(looks).toBe(10);
  });

  test("a network that fails on many accounts is held up on all of them, and no other network is", async () => {
    const { attempts, attempt } = scene(12);
    for (let count = 0; count < 12; count += 1)
      await codeOf(attempts, attempt({ account: `victim${count}@example.com` }));
    const another = attempt({ account: "untouched@example.com" });
    expect(await codeOf(attempts, another, right)).toBe(tooMany);
    expect(await codeOf(attempts, { ...another, network: "192.168.250.0/24" }, right)).toBe("in");
  });

  test("while failures come from everywhere, an account has three", async () => {
    await redis.commands.flushdb();
    const { attempts, attempt } = scene(10);
    const victim = attempt({ network: "192.168.251.0/24" });
    for (let count = 0; count < 3; count += 1) await codeOf(attempts, victim);
    expect(await codeOf(attempts, { ...victim, network: "192.168.252.0/24" }, right)).toBe("in");
    for (let count = 0; count < 100; count += 1)
      await codeOf(attempts, attempt({ account: `spread${count}@example.com`, network: "" }));
    expect(await codeOf(attempts, { ...victim, network: "192.168.252.0/24" }, right)).toBe(tooMany);
    await redis.commands.flushdb();
  });

  test("whoever learns that their guess is not what a key was used with has failed as well; other refusals are none", async () => {
    const { attempts, attempt } = scene();
    const refusedBy = (refusal: () => Problem) => async (): Promise<string> => {
      throw refusal();
    };
    for (let count = 0; count < 20; count += 1)
      await codeOf(
        attempts,
        attempt(),
        refusedBy(() => accountInactive()),
      );
    for (let count = 0; count < 10; count += 1)
      await codeOf(
        attempts,
        attempt(),
        refusedBy(() => idempotencyKeyReused()),
      );
    expect(await codeOf(attempts, attempt(), right)).toBe(tooMany);
  });

  test("they hold within each process while Redis is down", async () => {
    await using down = connectRedis({ url: "redis://127.0.0.1:1", log });
    const { attempts, attempt } = scene(100, down);
    const answers = [];
    for (let count = 0; count < 11; count += 1) answers.push(await codeOf(attempts, attempt(), wrong));
    expect(answers).toEqual([...Array.from({ length: 10 }, () => "auth/code-wrong"), tooMany]);
  });

  test("no address of mail is kept in Redis", async () => {
    const { attempts, attempt } = scene();
    await codeOf(attempts, attempt());
    const keys = await redis.commands.keys("*");
    expect(keys.some((key) => key.startsWith("limit:account-failures:"))).toBe(true);
    expect(keys.join("\n")).not.toMatch(/@|%40|scene/);
  });
});
