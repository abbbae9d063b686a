import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNats } from "@holdfast/testkit/servers/nats";
import { startPostgres } from "@holdfast/testkit/servers/postgres";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { consume } from "./consumer.ts";
import { openTestService, type TestTables, tested } from "./test-service.ts";

const timeout = 30_000;
const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

/** Where NATS keeps the messages of a stream, apart from how far its consumers have come. */
async function messagesFolder(home: string, stream: string): Promise<string> {
  const folders = await readdir(home, { recursive: true });
  const found = folders.find((folder) => folder.endsWith(join(stream, "msgs")));
  expect(found).toBeDefined();
  return join(home, found!);
}

test("a consumer that comes back after its stream lost its end hears what was published in its place", async () => {
  await using opened = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "holdfast-went-back-"));
  opened.defer(() => rm(home, { recursive: true, force: true }));
  const postgres = opened.use(await startPostgres());
  const nats = opened.use(await startNats({ dataDir: home }));
  const database = await postgres.createDatabase("went_back");
  const operator = { natsUrl: nats.url, natsUser: "operator", natsPassword: nats.passwords.operator };
  const said = opened.use(
    await openTestService({ name: "booking", databaseUrl: database.urlFor("booking"), ...operator }),
  );
  const listen = () =>
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
    });
  const isPublished = async () =>
    (await sql`select from outbox where published_at is null`.execute(said.db)).rows.length === 0;

  const before = await listen();
  await said.say(...numbers(10));
  await expect.poll(() => before.effects(), { timeout }).toEqual(numbers(10));
  await nats.stop();
  const messages = await messagesFolder(home, "BOOKING");
  await cp(messages, join(home, "synced"), { recursive: true });
  await nats.start();
  await said.say(...numbers(10, 11));
  await expect.poll(() => before.effects(), { timeout }).toEqual(numbers(20));
  await expect.poll(isPublished, { timeout }).toBe(true);
  await before[Symbol.asyncDispose]();

  // The machine loses what NATS had not synced; the consumers' state was synced, and the old events have aged out.
  await nats.stop();
  await rm(messages, { recursive: true });
  await cp(join(home, "synced"), messages, { recursive: true });
  await sql`delete from outbox`.execute(said.db);
  await said.say(...numbers(15, 21));
  await nats.start();
  await expect.poll(isPublished, { timeout }).toBe(true);
  expect((await said.bus.jsm.streams.info("BOOKING")).state.last_seq).toBeGreaterThan(20);

  const after = opened.use(await listen());
  await expect.poll(() => after.effects(), { timeout }).toEqual(numbers(35));
});
