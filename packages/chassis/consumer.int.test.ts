import { jetstream } from "@nats-io/jetstream";
import { startNats } from "@holdfast/testkit/servers/nats";
import { createTestDatabase } from "@holdfast/testkit/vitest/test-database";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { consume, type Handler } from "./consumer.ts";
import { listDeadLetters, replayDeadLetter } from "./dead-letters.ts";
import { defineProblem } from "./problem.ts";
import { type TestService, type TestTables, openTestService, tested } from "./test-service.ts";

type Data = { number: number };

const no = defineProblem("test/no", 409, "No.");
const servers = new AsyncDisposableStack();
let opened: AsyncDisposableStack;
let urls: { speaker: string; listener: string };
let nats: Awaited<ReturnType<typeof startNats>>;

beforeAll(async () => {
  nats = servers.use(await startNats());
});
afterAll(() => servers.disposeAsync());

beforeEach(async () => {
  opened = new AsyncDisposableStack();
  await nats.wipe();
  const database = opened.use(await createTestDatabase());
  urls = { speaker: database.urlFor("booking"), listener: database.urlFor("payment") };
});
afterEach(() => opened.disposeAsync());

const asOperator = () => ({ natsUrl: nats.url, natsUser: "operator", natsPassword: nats.passwords.operator });
const retry = { baseMs: 20, maxMs: 100, failures: 3 };

async function speaker(): Promise<TestService> {
  return opened.use(await openTestService({ name: "booking", databaseUrl: urls.speaker, ...asOperator() }));
}

async function listener(handler: Handler<Data, TestTables>): Promise<TestService> {
  return opened.use(
    await openTestService({
      name: "payment",
      databaseUrl: urls.listener,
      relay: "none",
      definitions: [consume(tested, handler)],
      consumers: { retry },
      ...asOperator(),
    }),
  );
}

const record: Handler<Data, TestTables> = async (unit, received) => {
  const rows = received.map((event) => ({ event_id: event.id, number: event.data.number }));
  await unit.tx.insertInto("effects").values(rows).execute();
};

/** The listener's durable is made, by one that leaves again. */
async function openDurable(): Promise<void> {
  const first = await listener(record);
  await expect
    .poll(() => first.bus.jsm.consumers.info("BOOKING", durable).catch(() => null), { timeout: 10_000 })
    .not.toBeNull();
  await first[Symbol.asyncDispose]();
}

/** Takes so many events of the listener's and gives them back at once, as a process that stops does. */
async function giveBack(said: TestService, count: number): Promise<void> {
  const consumer = await jetstream(said.bus.nc).consumers.get("BOOKING", durable);
  const taken = await consumer.fetch({ max_messages: count, expires: 5_000 });
  for await (const message of taken) message.nak();
}

const durable = "payment-booking_tested_v1";
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("a consumer", () => {
  test("takes each event into account once, however often it is delivered", async () => {
    const said = await speaker();
    const heard = await listener(record);
    await said.say(...numbers(30));
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual(numbers(30));
    // The same envelopes again, under other message ids: the stream takes them for new messages.
    const rows = await sql<{ envelope: string }>`select envelope::text as envelope from outbox`.execute(
      said.db,
    );
    for (const { envelope } of rows.rows) said.bus.nc.publish("booking.tested.v1", envelope);
    await said.say(31);
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual(numbers(31));
    const info = await heard.bus.jsm.consumers.info("BOOKING", "payment-booking_tested_v1");
    expect(info.delivered.stream_seq).toBe(61);
  });

  test("does not let one event that always fails hold up the others of its batch", async () => {
    const attempts: number[] = [];
    const said = await speaker();
    await said.say(...numbers(20));
    const heard = await listener(async (unit, received) => {
      if (received.some((event) => event.data.number === 7)) {
        if (received.length === 1) attempts.push(received[0]!.deliveries);
        throw new Error("seven");
      }
      await record(unit, received);
    });
    await expect
      .poll(() => heard.effects(), { timeout: 10_000 })
      .toEqual(numbers(20).filter((each) => each !== 7));
    await expect.poll(() => listDeadLetters(heard.db, { limit: 10 }), { timeout: 10_000 }).toHaveLength(1);
    expect(attempts).toEqual([1, 2, 3]);
    const [letter] = await listDeadLetters(heard.db, { limit: 10 });
    expect(letter).toMatchObject({
      kind: "exhausted",
      deliveries: 3,
      error: "Error: seven",
      replayedAt: null,
    });
    const info = await heard.bus.jsm.consumers.info("BOOKING", "payment-booking_tested_v1");
    expect(info.num_ack_pending).toBe(0);
  });

  test("does not hold against an event how often others gave it back unfinished", async () => {
    const said = await speaker();
    await openDurable();
    await said.say(1, 2, 3);
    for (let time = 0; time < 10; time += 1) await giveBack(said, 3);
    const together: number[] = [];
    let failuresLeft = 2;
    const heard = await listener(async (unit, received) => {
      together.push(received.length);
      if (received.some((event) => event.data.number === 2) && failuresLeft > 0) {
        failuresLeft -= 1;
        throw new Error("not yet");
      }
      await record(unit, received);
    });
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual([1, 2, 3]);
    expect(await listDeadLetters(heard.db, { limit: 10 })).toEqual([]);
    // So often given back, each may be what ends its processes, and takes no other with it.
    expect(together).toEqual([1, 1, 1, 1, 1]);
  });

  test("gives up an event, untried, that was delivered so often and never finished: it may be what ends its processes", async () => {
    const said = await speaker();
    await openDurable();
    await said.say(1);
    for (let time = 0; time < 64; time += 1) await giveBack(said, 1);
    await said.say(2);
    const heard = await listener(record);
    await expect.poll(() => listDeadLetters(heard.db, { limit: 10 }), { timeout: 10_000 }).toHaveLength(1);
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual([2]);
    const [letter] = await listDeadLetters(heard.db, { limit: 10 });
    expect(letter).toMatchObject({ kind: "exhausted", deliveries: 65 });
  });

  test("replays a dead letter once", async () => {
    let broken = true;
    const handler: Handler<Data, TestTables> = async (unit, received) => {
      if (broken) throw no("not today");
      await record(unit, received);
    };
    const said = await speaker();
    const heard = await listener(handler);
    await said.say(1);
    await expect.poll(() => listDeadLetters(heard.db, { limit: 10 }), { timeout: 10_000 }).toHaveLength(1);
    broken = false;
    const [letter] = await listDeadLetters(heard.db, { limit: 10 });
    const deps = { name: "payment", definitions: [consume(tested, handler)] };
    const replay = () => heard.transact((unit) => replayDeadLetter(deps, unit, letter!.id));
    await replay();
    expect(await heard.effects()).toEqual([1]);
    await expect(replay()).rejects.toMatchObject({ code: "operations/dead-letter-replayed" });
    expect(await heard.effects()).toEqual([1]);
  });

  test("records a refusal and does not try again", async () => {
    let calls = 0;
    const said = await speaker();
    const heard = await listener(async (unit, received) => {
      calls += 1;
      if (received.some((event) => event.data.number === 1)) throw no("not this one");
      await record(unit, received);
    });
    await said.say(1);
    await expect.poll(() => listDeadLetters(heard.db, { limit: 10 }), { timeout: 10_000 }).toHaveLength(1);
    await said.say(2);
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual([2]);
    expect(calls).toBe(2);
    const [letter] = await listDeadLetters(heard.db, { limit: 10 });
    expect(letter).toMatchObject({ kind: "refused", error: "test/no: not this one", deliveries: 1 });
    const info = await heard.bus.jsm.consumers.info("BOOKING", "payment-booking_tested_v1");
    expect(info).toMatchObject({ num_ack_pending: 0, num_pending: 0 });
  });

  test("keeps a message that is no such event as a dead letter", async () => {
    const said = await speaker();
    const heard = await listener(record);
    await said.say(1);
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual([1]);
    said.bus.nc.publish("booking.tested.v1", "not json");
    said.bus.nc.publish(
      "booking.tested.v1",
      JSON.stringify({ id: "evt_x", type: "booking.tested.v1", subject: "s", data: { number: "one" } }),
    );
    await expect.poll(() => listDeadLetters(heard.db, { limit: 10 }), { timeout: 10_000 }).toHaveLength(2);
    const letters = await listDeadLetters(heard.db, { limit: 10 });
    expect(letters.map((letter) => letter.eventId).toSorted()).toEqual(["evt_x", "seq-2"]);
    await said.say(2);
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual([1, 2]);
  });

  test("waits for a stream that does not exist yet", async () => {
    const heard = await listener(record);
    await heard.bus.whenConnected(5_000);
    const said = await speaker();
    await said.say(1, 2, 3);
    await expect.poll(() => heard.effects(), { timeout: 10_000 }).toEqual([1, 2, 3]);
  });

  test("gives back what it has not begun when it is drained", async () => {
    const said = await speaker();
    const release = Promise.withResolvers<void>();
    const first = await openTestService({
      name: "payment",
      databaseUrl: urls.listener,
      relay: "none",
      consumers: { batch: { max: 1 } },
      definitions: [
        consume(tested, async (unit, received) => {
          await release.promise;
          await record(unit, received);
        }),
      ],
      ...asOperator(),
    });
    await said.say(1, 2, 3);
    const held = async () =>
      (await said.bus.jsm.consumers.info("BOOKING", "payment-booking_tested_v1")).num_ack_pending;
    await expect.poll(held, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    const closing = first[Symbol.asyncDispose]();
    release.resolve();
    await closing;
    const second = await listener(record);
    const startedAt = performance.now();
    await expect.poll(() => second.effects(), { timeout: 10_000 }).toEqual([1, 2, 3]);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});
