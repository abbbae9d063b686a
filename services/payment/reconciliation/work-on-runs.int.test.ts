import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createLogger } from "@holdfast/chassis/log";
import { type LedgerWorld, openLedgerWorld } from "../ledger/ledger-world.fixture.ts";
import type { IntentFacts } from "../payments/answer.ts";
import { createDecider } from "../payments/decider.ts";
import { defaultPatience } from "../payments/payment.ts";
import type { BooksProvider, Page } from "../providers/books-provider.ts";
import { insertRun, type Run } from "./run-rows.ts";
import { workOnRuns, type WorkDeps } from "./work-on-runs.ts";

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.pool.query(
    "truncate discrepancies, reconciliation_runs, reconciliation_seen, refunds, payments",
  );
});

const clock = { now: () => Temporal.Now.instant(), machineNow: () => Temporal.Now.instant() };
const decider = createDecider(clock as Parameters<typeof createDecider>[0], defaultPatience);
const pageSize = 100;

/** Provider's intents by number, made as they are listed. */
interface Intents {
  readonly count: number;
  readonly at: (index: number) => IntentFacts;
}

const noPage = async (): Promise<Page<never>> => ({ items: [], next: null });

/** A provider whose books are these; `before` is called before each page of intents. */
function booksOf({ count, at }: Intents, before: (page: number) => Promise<void> = async () => undefined) {
  let pages = 0;
  const books: BooksProvider = {
    name: "stripe",
    async listIntents({ after }) {
      pages += 1;
      const from = after === null ? 0 : Number(after);
      await before(from / pageSize);
      const items = Array.from({ length: Math.min(pageSize, count - from) }, (_, index) => at(from + index));
      const next = from + pageSize < count ? String(from + pageSize) : null;
      return { items, next };
    },
    listRefunded: noPage,
    listTransfers: noPage,
    listDisputes: noPage,
    intent: async (intentId) => at(Number(intentId.slice(3))),
    transfer: async () => null,
    giveBack: async () => ({ outcome: "done" }),
  };
  return { books, pagesRead: () => pages };
}

/** Charges that are authorised, each with its intent at the provider. */
async function makeCharges(count: number): Promise<Intents> {
  const ids = Array.from({ length: count }, () => ({ bookingId: newId("bkg"), paymentId: newId("pay") }));
  const rows = ids.map(({ bookingId, paymentId }, index) => ({
    booking_id: bookingId,
    id: paymentId,
    customer_id: newId("usr"),
    intent_id: `pi_${index}`,
  }));
  await world.pool.query(
    `insert into payments (booking_id, id, customer_id, intent_id, charge, amount_minor, currency, provider, booking_version,
       asked, status, intent_state, authorised_minor, captured_minor, refunded_minor, version, calls, failures, looks, created_at)
     select booking_id, id, customer_id, intent_id, 1, 1000, 'EUR', 'stripe', 1,
       'authorise', 'authorised', 'authorised', 1000, 0, 0, 1, 1, 0, 0, now()
     from json_populate_recordset(null::payments, $1)`,
    [JSON.stringify(rows)],
  );
  const at = (index: number): IntentFacts => ({
    intentId: `pi_${index}`,
    state: "authorised",
    clientSecret: null,
    amountMinor: 1_000,
    currency: "EUR",
    capturableMinor: 1_000,
    receivedMinor: 0,
    refundedMinor: 0,
    ...ids[index]!,
  });
  return { count, at };
}

/** Money of nobody we know. */
const foreign = (count: number): Intents => ({
  count,
  at: (index) => ({
    intentId: `pi_${index}`,
    state: "authorised",
    clientSecret: null,
    amountMinor: 700,
    currency: "EUR",
    capturableMinor: 700,
    receivedMinor: 0,
    refundedMinor: 0,
    bookingId: null,
    paymentId: null,
  }),
});

function workerOf(books: BooksProvider, of: Partial<WorkDeps> = {}): WorkDeps {
  const begin = { begin: () => undefined };
  return {
    db: world.db,
    transact: world.transact,
    decider,
    calls: begin,
    customers: begin,
    books,
    bookings: { wordOn: async () => null },
    graceMs: 50,
    overdueMs: 60_000,
    leaseMs: 10_000,
    nowMs: () => Date.now(),
    worker: newId("rcn"),
    log: createLogger("test", "silent"),
    soon: () => undefined,
    ...of,
  };
}

const begin = () => insertRun(world.db, { cause: "asked", days: 1, now: Temporal.Now.instant() });
const never = new AbortController().signal;

async function after({ id }: Run): Promise<Run> {
  return world.db
    .selectFrom("reconciliation_runs")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
}

test("ten thousand charges are compared a hundred at a time, with a handful of transactions for each hundred", async () => {
  const { books, pagesRead } = booksOf(await makeCharges(10_000));
  let transactions = 0;
  const transact: WorkDeps["transact"] = (work) => {
    transactions += 1;
    return world.transact(work);
  };
  const run = await begin();
  await workOnRuns(workerOf(books, { transact }), never);
  expect(await after(run)).toMatchObject({
    state: "finished",
    opened: 0,
    compared: { intents: 10_000, charges: 10_000, bookings: 0 },
  });
  expect(pagesRead()).toBe(100);
  expect(transactions).toBeLessThan(2 * 100 + 20);
  const { rowCount } = await world.pool.query("select from discrepancies");
  expect(rowCount).toBe(0);
}, 180_000);

test("whoever takes over goes on at the page that was not written, and the one taken for dead writes nothing more", async () => {
  const intents = foreign(250);
  const stuck = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const first = booksOf(intents, async (page) => {
    if (page !== 1) return;
    arrived.resolve();
    await stuck.promise;
  });
  const run = await begin();
  const dead = workOnRuns(workerOf(first.books, { leaseMs: 100 }), never);
  await arrived.promise;
  const second = booksOf(intents);
  const successor = workerOf(second.books);
  while ((await after(run)).state !== "finished") await workOnRuns(successor, never);
  stuck.resolve();
  expect(await dead).toBe(false);
  expect([first.pagesRead(), second.pagesRead()]).toEqual([2, 2]);
  expect(await after(run)).toMatchObject({ opened: 250, compared: { intents: 250 } });
  const { rows } = await world.pool.query(
    "select count(*)::int, count(distinct subject)::int as subjects from discrepancies where state = 'open'",
  );
  expect(rows).toEqual([{ count: 250, subjects: 250 }]);
}, 180_000);

test("a run is worked on by one at a time: while its worker lives, another reads nothing and leaves it", async () => {
  const intents = foreign(150);
  const waiting = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const first = booksOf(intents, async (page) => {
    if (page !== 1) return;
    arrived.resolve();
    await waiting.promise;
  });
  const run = await begin();
  const working = workOnRuns(workerOf(first.books), never);
  await arrived.promise;
  const second = booksOf(intents);
  await workOnRuns(workerOf(second.books), never);
  expect(second.pagesRead()).toBe(0);
  waiting.resolve();
  await working;
  expect(await after(run)).toMatchObject({ state: "finished", opened: 150 });
});

test("an intent that is met twice is one discrepancy", async () => {
  const { books } = booksOf(foreign(1));
  const { items } = await books.listIntents({ since: Temporal.Now.instant(), after: null });
  const twice = { ...books, listRefunded: async () => ({ items: [...items, ...items], next: null }) };
  const run = await begin();
  await workOnRuns(workerOf(twice), never);
  expect(await after(run)).toMatchObject({
    state: "finished",
    opened: 1,
    compared: { intents: 1, refunds: 2 },
  });
});
