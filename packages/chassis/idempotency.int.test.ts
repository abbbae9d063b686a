import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sql } from "kysely";
import type { ChassisTables, Database } from "./database.ts";
import { answer, noContent, type Call, type ServedEndpoint } from "./endpoint.ts";
import { idempotent, loadReplays, storeAnswers, sweepAnswers, unlessAnswered } from "./idempotency.ts";
import { requestHash } from "./key-use.ts";
import { createLogger } from "./log.ts";
import { openMigratedDatabase } from "./migrated-database.fixture.ts";
import { defineProblem } from "./problem.ts";
import { createTransactor, type Transact } from "./unit-of-work.ts";

const log = createLogger("test", "silent");
let database: Database<ChassisTables>;
let transact: Transact<ChassisTables>;

beforeAll(async () => {
  database = await openMigratedDatabase("booking");
  await database.pool.query("create table things (name text primary key)");
  // Nothing is announced here.
  const outbox = { publishAtOnce: () => undefined } as unknown as Parameters<
    typeof createTransactor
  >[0]["outbox"];
  transact = createTransactor({ db: database.db, outbox, log, name: "booking" });
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await database.pool.query("truncate idempotency_keys, things");
});

const endpoint = { name: "createThing" } as ServedEndpoint;
const ada = { userId: "usr_01h455vb4pex5vsknk084sn02q", roles: ["customer"], issuedAtMs: 0 } as const;

function call(key: string | null, body: object, from: Call["caller"] = ada): Call {
  return { endpoint, params: undefined, body, caller: from, idempotencyKey: key } as Call;
}

/** Makes a thing of that name; waits for `until` before it commits. */
function create(of: Call, name: string, until: Promise<void> = Promise.resolve()) {
  return idempotent({ transact }, of, async (unit) => {
    await sql`insert into things (name) values (${name})`.execute(unit.tx);
    await until;
    return answer({ name }, { status: 201, headers: { location: `/things/${name}` } });
  });
}

async function things(): Promise<number> {
  return (await database.pool.query("select from things")).rowCount ?? 0;
}

const withCode = (code: string) => expect.objectContaining({ code });

test("a repeated request is given the first one's answer, and changes nothing", async () => {
  const first = await create(call("key", { name: "a" }), "a");
  const second = await create(call("key", { name: "a" }), "b");
  expect(first).toEqual({ status: 201, body: { name: "a" }, headers: { location: "/things/a" } });
  expect(second).toEqual({
    ...first,
    headers: { location: "/things/a", "idempotency-replayed": "true" },
  });
  expect(await things()).toBe(1);
});

test("a key belongs to its caller, and to one content", async () => {
  await create(call("key", { name: "a" }), "a");
  await expect(create(call("key", { name: "b" }), "b")).rejects.toEqual(
    withCode("request/idempotency-key-reused"),
  );
  await create(call("key", { name: "b" }, { ...ada, userId: "svc:catalog" }), "b");
  expect(await things()).toBe(2);
});

test("nobody's key is their own: with another body it is another's, and with the same one it is theirs again", async () => {
  await create(call("key", { name: "a" }, null), "a");
  await create(call("key", { name: "b" }, null), "b");
  const again = await create(call("key", { name: "a" }, null), "c");
  expect(again.headers).toMatchObject({ "idempotency-replayed": "true" });
  expect(await things()).toBe(2);
});

/** All that is stored, as whoever reads the table sees it. */
async function stored(): Promise<string> {
  const { rows } = await database.pool.query<{ row: string }>(
    "select to_json(idempotency_keys)::text || encode(sealed, 'escape') as row from idempotency_keys",
  );
  return rows.map(({ row }) => row).join();
}

describe("an answer that is sealed", () => {
  const secretive = (key: string, body: object, from = call(key, body).caller): Call => ({
    ...call(key, body, from),
    endpoint: { name: "createSecret", sealedAnswer: true } as ServedEndpoint,
  });
  const cookies = [
    { name: "c", value: "cookie-4711", path: "/", maxAgeSeconds: 1, sameSite: "Lax" },
  ] as const;
  const tell = (of: Call) =>
    idempotent({ transact }, of, async () => answer({ secret: "secret-4711" }, { status: 201, cookies }));

  test("is given again whole, and is nowhere readable: not it, not the key, not the request", async () => {
    const first = await tell(secretive("key-4711", { password: "password-4711" }));
    const second = await tell(secretive("key-4711", { password: "password-4711" }));
    expect(second).toEqual({ ...first, headers: { "idempotency-replayed": "true" } });
    expect(await stored()).not.toMatch(/4711/);
    expect(await stored()).not.toContain(requestHash("createSecret", null, { password: "password-4711" }));
  });

  test("is its caller's, and answers one content", async () => {
    await tell(secretive("key", { n: 1 }));
    await expect(tell(secretive("key", { n: 2 }))).rejects.toEqual(
      withCode("request/idempotency-key-reused"),
    );
    const other = await tell(secretive("key", { n: 1 }, { ...ada, userId: "svc:catalog" }));
    expect(other.headers).toBeUndefined();
  });

  test("opens in no other row", async () => {
    await tell(secretive("key", {}));
    await database.pool.query("update idempotency_keys set caller = 'svc:catalog'");
    await expect(tell(secretive("key", {}, { ...ada, userId: "svc:catalog" }))).rejects.toThrow(
      /unable to authenticate/,
    );
  });
});

test("an answer with cookies is not stored readable", async () => {
  const cookies = [{ name: "c", value: "v", path: "/", maxAgeSeconds: 1, sameSite: "Lax" }] as const;
  const openly = idempotent({ transact }, call("key", {}), () => Promise.resolve(noContent({ cookies })));
  await expect(openly).rejects.toThrow(/cookies/);
});

test("a refused request stores nothing and may be repeated", async () => {
  const refused = defineProblem("thing/refused", 409, "No.");
  const refuse = () =>
    idempotent({ transact }, call("key", {}), async (unit): Promise<never> => {
      await sql`insert into things (name) values ('a')`.execute(unit.tx);
      throw refused();
    });
  await expect(refuse()).rejects.toEqual(withCode("thing/refused"));
  expect(await things()).toBe(0);
  expect(await create(call("key", {}), "a")).toMatchObject({ status: 201 });
});

test("a refusal that is returned leaves behind what it wrote, and stores nothing under the key", async () => {
  const refused = defineProblem("thing/refused", 409, "No.");
  const refuse = () =>
    idempotent({ transact }, call("key", {}), async (unit) => {
      await sql`insert into things (name) values (gen_random_uuid())`.execute(unit.tx);
      return refused();
    });
  await expect(refuse()).rejects.toEqual(withCode("thing/refused"));
  await expect(refuse()).rejects.toEqual(withCode("thing/refused"));
  expect(await things()).toBe(2);
  expect(await stored()).toBe("");
});

describe("work before the transaction", () => {
  const gone = defineProblem("thing/gone", 409, "It was used.");

  test("is not done again for an answer that is there", async () => {
    let hashed = 0;
    const hashAndCreate = () =>
      unlessAnswered({ transact }, call("key", {}), () => {
        hashed += 1;
        return create(call("key", {}), "a");
      });
    await hashAndCreate();
    expect(await hashAndCreate()).toMatchObject({ headers: { "idempotency-replayed": "true" } });
    expect(hashed).toBe(1);
  });

  test("that is refused for what the first has done meanwhile gives way to the first one's answer", async () => {
    const late = unlessAnswered({ transact }, call("key", {}), async () => {
      await create(call("key", {}), "a");
      throw gone();
    });
    expect(await late).toMatchObject({ body: { name: "a" }, headers: { "idempotency-replayed": "true" } });
  });

  test("is refused as it is where there is no answer, and where the key means something else", async () => {
    const refuse = (body: object) =>
      unlessAnswered({ transact }, call("key", body), () => Promise.reject(gone()));
    await expect(refuse({})).rejects.toEqual(withCode("thing/gone"));
    await create(call("key", { n: 1 }), "a");
    await expect(refuse({ n: 2 })).rejects.toEqual(withCode("request/idempotency-key-reused"));
  });
});

test("while the first is in hand the second is told so, and afterwards given its answer", async () => {
  const release = Promise.withResolvers<void>();
  const first = create(call("key", {}), "a", release.promise);
  const inFlight = () => create(call("key", {}), "b").catch((error: unknown) => error);
  const hasRow = "select from pg_locks where locktype = 'advisory'";
  await expect.poll(async () => (await database.pool.query(hasRow)).rowCount, { timeout: 5_000 }).toBe(1);
  expect(await inFlight()).toEqual(withCode("request/idempotency-key-in-flight"));
  release.resolve();
  await first;
  expect(await inFlight()).toMatchObject({ body: { name: "a" } });
});

test("of many at once exactly one works, and none fails otherwise", async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, (_, n) => create(call("key", {}), `thing-${n}`)),
  );
  expect(await things()).toBe(1);
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [outcome.reason as unknown] : [],
  );
  expect(refusals).toEqual(refusals.map(() => withCode("request/idempotency-key-in-flight")));
  expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
});

test("an answer without a body is replayed without one; a call without a key runs every time", async () => {
  const nothing = () => idempotent({ transact }, call("key", {}), () => Promise.resolve(noContent()));
  await nothing();
  expect(await nothing()).toMatchObject({ status: 204, body: undefined });
  await create(call(null, {}), "a");
  await create(call(null, {}), "b");
  expect(await things()).toBe(2);
});

test("a batch loads and stores in the order given, and sees a key twice in one batch", async () => {
  const uses = ["a", "b", "a"].map((key) => ({ caller: "usr_1", key, hash: requestHash({ key }) }));
  expect(await loadReplays(database.db, uses)).toEqual([undefined, undefined, { kind: "in-flight" }]);
  await storeAnswers(
    database.db,
    uses.slice(0, 2).map((use) => ({ ...use, answer: answer({ of: use.key }) })),
  );
  expect(
    await loadReplays(database.db, [{ caller: "usr_1", key: "b", hash: "other" }, ...uses]),
  ).toMatchObject([
    { kind: "reused" },
    { kind: "answered", answer: { body: { of: "a" } } },
    { kind: "answered", answer: { body: { of: "b" } } },
    { kind: "answered", answer: { body: { of: "a" } } },
  ]);
});

test("a key that another replica stores first is in flight, not an error of ours", async () => {
  const use = { caller: "usr_1", key: "a", hash: requestHash({}) };
  const keyed = [{ ...use, answer: answer({ of: "a" }) }];
  const release = Promise.withResolvers<void>();
  const hasStored = Promise.withResolvers<void>();
  const first = transact(async ({ tx }) => {
    await storeAnswers(tx, keyed);
    hasStored.resolve();
    await release.promise;
  });
  await hasStored.promise;
  const second = transact(async ({ tx }) => {
    expect(await loadReplays(tx, [use])).toEqual([undefined]);
    release.resolve();
    await storeAnswers(tx, keyed);
  });
  await expect(second).rejects.toEqual(withCode("request/idempotency-key-in-flight"));
  await first;
});

test("answers are forgotten after 24 hours, not before", async () => {
  await create(call("old", {}), "a");
  await create(call("new", {}), "b");
  await database.pool.query(
    "update idempotency_keys set created_at = now() - interval '25 hours' where key = 'old'",
  );
  expect(await sweepAnswers(database.db)).toBe(1);
  expect((await database.pool.query("select key from idempotency_keys")).rows).toEqual([{ key: "new" }]);
});
