import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startNats } from "@holdfast/testkit/servers/nats";
import { createTestDatabase } from "@holdfast/testkit/vitest/test-database";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { consume } from "./consumer.ts";
import { openTestService, type TestServiceOptions, type TestTables, tested } from "./test-service.ts";

const timeout = 30_000;
const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

/** Where NATS keeps the messages of a stream, apart from how far its consumers have come. */
async function messagesFolder(home: string, stream: string): Promise<string> {
  const folders = await readdir(home, { recursive: true });
  const found = folders.find((folder) => folder.endsWith(join(stream, "msgs")));
  expect(found).toBeDefined();
  return join(home, found!);
}

/** Runs a service that speaks on a NATS whose messages can be put back to how they were. */
async function startWorld(relay: TestServiceOptions["relay"] = {}) {
  await using starting = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "holdfast-went-back-"));
  starting.defer(() => rm(home, { recursive: true, force: true }));
  const nats = starting.use(await startNats({ dataDir: home }));
  const database = starting.use(await createTestDatabase());
  const operator = { natsUrl: nats.url, natsUser: "operator", natsPassword: nats.passwords.operator };
  const said = starting.use(
    await openTestService({ name: "booking", databaseUrl: database.urlFor("booking"), relay, ...operator }),
  );
  const owned = starting.move();
  return {
    said,
    nats,
    listen: () =>
      openTestService({
        name: "payment",
        databaseUrl: database.urlFor("payment"),
        relay: "none",
        definitions: [
          consume<{ number: number }, TestTables>(tested, async (unit, received) => {
            const rows = received.map((event) => ({ event_id: event.id, number: event.data.number }));
            await unit.tx.insertInto("effects").values(rows).execute();
          }),
        ],
        ...operator,
      }),
    isPublished: async () =>
      (await sql`select from outbox where published_at is null`.execute(said.db)).rows.length === 0,
    lastSeq: async () => (await said.bus.jsm.streams.info("BOOKING")).state.last_seq,
    /** NATS restarts; what it holds now is what it will have synced when it loses the rest. */
    async syncMessages() {
      await nats.stop();
      await cp(await messagesFolder(home, "BOOKING"), join(home, "synced"), { recursive: true });
      await nats.start();
      await said.bus.whenConnected(timeout);
    },
    /** The machine loses what NATS had not synced. NATS is left stopped. */
    async loseUnsynced() {
      await nats.stop();
      const messages = await messagesFolder(home, "BOOKING");
      await rm(messages, { recursive: true });
      await cp(join(home, "synced"), messages, { recursive: true });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("a consumer that comes back after its stream lost its end hears what was published in its place", async () => {
  await using world = await startWorld();
  const { said, nats } = world;
  const before = await world.listen();
  await said.say(...numbers(10));
  await expect.poll(() => before.effects(), { timeout }).toEqual(numbers(10));
  await world.syncMessages();
  await said.say(...numbers(10, 11));
  await expect.poll(() => before.effects(), { timeout }).toEqual(numbers(20));
  await expect.poll(world.isPublished, { timeout }).toBe(true);
  await before[Symbol.asyncDispose]();

  // The consumers' state was synced, and the old events have aged out.
  await world.loseUnsynced();
  await sql`delete from outbox`.execute(said.db);
  await said.say(...numbers(15, 21));
  await nats.start();
  await expect.poll(world.isPublished, { timeout }).toBe(true);
  expect(await world.lastSeq()).toBeGreaterThan(20);

  await using after = await world.listen();
  await expect.poll(() => after.effects(), { timeout }).toEqual(numbers(35));
});

test("a stream that lost what was acknowledged and not yet written down is seen to have lost it, whatever comes after", async () => {
  // Looked at when NATS is back, and not by chance at any other time.
  await using world = await startWorld({ guardIntervalMs: 3_600_000 });
  const { said, nats } = world;
  await said.say(...numbers(10));
  await expect.poll(world.isPublished, { timeout }).toBe(true);
  await world.syncMessages();
  await said.relay!.checkStream();

  const release = Promise.withResolvers<void>();
  await using releasing = new AsyncDisposableStack();
  releasing.defer(release.resolve);
  const locked = Promise.withResolvers<void>();
  const lock = said.db.transaction().execute(async (tx) => {
    await sql`select from stream_epochs for update`.execute(tx);
    locked.resolve();
    await release.promise;
  });
  await locked.promise;
  await said.say(...numbers(10, 11));
  const waiting = async () => {
    const found = await sql`select from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%update outbox%'`.execute(said.db);
    return found.rows.length;
  };
  await expect.poll(waiting, { timeout }).toBe(1);
  expect(await world.lastSeq()).toBe(20);
  await world.loseUnsynced();
  await nats.start();
  await said.bus.whenConnected(timeout);
  // A look that did not wait for what is acknowledged to be written would be over long before, and have seen nothing.
  const looked = said.relay!.checkStream();
  await Promise.race([looked, setTimeout(300)]);
  await said.say(...numbers(20, 21));
  release.resolve();
  await Promise.all([lock, looked]);
  await using heard = await world.listen();
  await expect.poll(() => heard.effects(), { timeout }).toEqual(numbers(40));
});
