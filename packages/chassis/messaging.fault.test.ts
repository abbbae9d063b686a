import { fork } from "node:child_process";
import { once } from "node:events";
import { startNats } from "@holdfast/testkit/servers/nats";
import { startPostgres } from "@holdfast/testkit/servers/postgres";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { consume, type Handler } from "./consumer.ts";
import { listDeadLetters } from "./dead-letters.ts";
import {
  type TestService,
  type TestServiceOptions,
  type TestTables,
  openTestService,
  tested,
} from "./test-service.ts";

const timeout = 30_000;
const servers = new AsyncDisposableStack();
let opened: AsyncDisposableStack;
let databases = 0;
let urls: { speaker: string; listener: string; other: string };
let nats: Awaited<ReturnType<typeof startNats>>;
let postgres: Awaited<ReturnType<typeof startPostgres>>;

beforeAll(async () => {
  [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
  servers.use(postgres);
  servers.use(nats);
});
afterAll(() => servers.disposeAsync());

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  databases += 1;
  await nats.wipe();
  const database = await postgres.createDatabase(`messaging_${databases}`);
  urls = {
    speaker: database.urlFor("booking"),
    listener: database.urlFor("payment"),
    other: database.urlFor("notification"),
  };
});
afterEach(() => opened.disposeAsync());

const record: Handler<{ number: number }, TestTables> = async (unit, received) => {
  const rows = received.map((event) => ({ event_id: event.id, number: event.data.number }));
  await unit.tx.insertInto("effects").values(rows).execute();
};

const asOperator = () => ({ natsUrl: nats.url, natsUser: "operator", natsPassword: nats.passwords.operator });

async function speaker(relay: TestServiceOptions["relay"] = {}): Promise<TestService> {
  const databaseUrl = urls.speaker;
  return opened.use(await openTestService({ name: "booking", databaseUrl, relay, ...asOperator() }));
}

async function listener(
  name: "payment" | "notification" = "payment",
  handler = record,
): Promise<TestService> {
  const definitions = [consume(tested, handler)];
  const databaseUrl = name === "payment" ? urls.listener : urls.other;
  return opened.use(
    await openTestService({ name, databaseUrl, relay: "none", definitions, ...asOperator() }),
  );
}

const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

async function unpublished(service: TestService): Promise<number> {
  const found = await sql<{
    rows: number;
  }>`select count(*) as rows from outbox where published_at is null`.execute(service.db);
  return found.rows[0]!.rows;
}

async function epoch(service: TestService): Promise<number | undefined> {
  const found = await sql<{ epoch: number }>`select epoch from stream_epochs`.execute(service.db);
  return found.rows[0]?.epoch;
}

describe("no committed event is lost", () => {
  test("when the process dies between its commit and publishing", async () => {
    const crashed = await openTestService({
      name: "booking",
      databaseUrl: urls.speaker,
      relay: { publishAtOnce: false, sweepIntervalMs: 3_600_000 },
      ...asOperator(),
    });
    await expect.poll(() => epoch(crashed), { timeout }).toBe(1);
    await crashed.say(...numbers(5));
    expect(await unpublished(crashed)).toBe(5);
    await crashed[Symbol.asyncDispose]();
    const heard = await listener();
    const restarted = await speaker();
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(5));
    await expect.poll(() => unpublished(restarted), { timeout }).toBe(0);
  });

  test("when a running process fails to publish: its sweep does", async () => {
    const said = await speaker({ publishAtOnce: false });
    const heard = await listener();
    await said.say(...numbers(5));
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(5));
  });

  test("when NATS is away: it is published once NATS is back", async () => {
    const said = await speaker();
    const heard = await listener();
    await said.say(1);
    await expect.poll(() => heard.effects(), { timeout }).toEqual([1]);
    await nats.stop();
    await said.say(...numbers(20, 2));
    expect(await unpublished(said)).toBeGreaterThanOrEqual(20);
    await nats.start();
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(21));
    await expect.poll(() => unpublished(said), { timeout }).toBe(0);
    expect(await epoch(said)).toBe(1);
  });

  test("when services start while NATS is away", async () => {
    await nats.stop();
    const said = await speaker();
    const heard = await listener();
    await said.say(1, 2);
    await nats.start();
    await expect.poll(() => heard.effects(), { timeout }).toEqual([1, 2]);
  });

  test("when NATS loses its disk: the ledger is published again, and takes effect once", async () => {
    const said = await speaker();
    const heard = await listener();
    await said.say(...numbers(600));
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(600));
    await expect.poll(() => unpublished(said), { timeout }).toBe(0);
    await nats.wipe();
    await said.say(601);
    await expect.poll(() => epoch(said), { timeout }).toBe(2);
    const late = await listener("notification");
    await expect.poll(() => late.effects(), { timeout }).toEqual(numbers(601));
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(601));
    const { state } = await said.bus.jsm.streams.info("BOOKING");
    expect(state.messages).toBeGreaterThanOrEqual(601);
    await said.say(602);
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(602));
    expect(await epoch(said)).toBe(2);
  });

  test("when there is less room on the way to NATS than there is to publish again", async () => {
    const said = await speaker({ guardIntervalMs: 200, inFlightMax: 7 });
    await said.say(...numbers(60));
    await expect.poll(() => unpublished(said), { timeout }).toBe(0);
    await said.bus.jsm.streams.delete("BOOKING");
    await expect.poll(() => epoch(said), { timeout }).toBe(2);
    const heard = await listener();
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(60));
  });

  test("when its stream is deleted under a running service", async () => {
    const said = await speaker({ guardIntervalMs: 200 });
    const heard = await listener();
    await said.say(...numbers(10));
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(10));
    await expect.poll(() => unpublished(said), { timeout }).toBe(0);
    await said.bus.jsm.streams.delete("BOOKING");
    await expect.poll(() => epoch(said), { timeout }).toBe(2);
    await said.say(11);
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(11));
  });

  test("when Postgres restarts under running consumers: nothing is lost or given up", async () => {
    const said = await speaker();
    const heard = await listener();
    await said.say(...numbers(50));
    await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(50));
    const before = numbers(50, 51).map((number) =>
      said.say(number).then(
        () => number,
        () => null,
      ),
    );
    await postgres.kill9();
    const committed = (await Promise.all(before)).filter((number) => number !== null);
    await postgres.start();
    await said.say(1_000);
    // An unanswered commit may have happened or not; an answered one has.
    await expect
      .poll(
        async () =>
          (await heard.effects()).filter((number) => committed.includes(number) || number === 1_000),
        {
          timeout,
        },
      )
      .toEqual([...committed, 1_000]);
    const effects = await heard.effects();
    expect(new Set(effects).size).toBe(effects.length);
    expect(await listDeadLetters(heard.db, { limit: 10 })).toEqual([]);
  });

  test("when Postgres is away while a batch is in hand", async () => {
    const said = await speaker();
    await said.say(...numbers(20));
    await expect.poll(() => unpublished(said), { timeout }).toBe(0);
    const killed = Promise.withResolvers<void>();
    let first = true;
    const heard = await listener("payment", async (unit, received) => {
      if (first) {
        first = false;
        await postgres.kill9();
        killed.resolve();
      }
      await record(unit, received);
    });
    await killed.promise;
    await postgres.start();
    await expect.poll(() => heard.effects().catch(() => []), { timeout }).toEqual(numbers(20));
    expect(await listDeadLetters(heard.db, { limit: 10 })).toEqual([]);
  });
});

test("what a killed consumer had in hand is taken over by another within a few seconds", async () => {
  const said = await speaker();
  await openTestService({ name: "payment", databaseUrl: urls.listener, relay: "none", ...asOperator() }).then(
    (service) => service[Symbol.asyncDispose](),
  );
  const where = JSON.stringify({ databaseUrl: urls.listener, ...asOperator() });
  const victim = fork(new URL("./stuck-consumer.ts", import.meta.url), [where], { execArgv: [] });
  opened.defer(() => void victim.kill("SIGKILL"));
  await said.say(...numbers(10));
  const [stuck] = (await once(victim, "message")) as [number];
  expect(stuck).toBeGreaterThan(0);
  victim.kill("SIGKILL");
  await once(victim, "exit");
  const killedAt = performance.now();
  const heard = await listener();
  await expect.poll(() => heard.effects(), { timeout, interval: 20 }).toEqual(numbers(10));
  expect(performance.now() - killedAt).toBeLessThan(4_000);
});
