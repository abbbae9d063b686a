import { createLogger } from "@holdfast/chassis/log";
import { newId, type Id } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type LedgerWorld, openLedgerWorld } from "../ledger/ledger-world.fixture.ts";
import { writeOffLosses } from "./write-off-losses.ts";

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const now = Temporal.Instant.from("2030-05-05T12:00:00Z");
const lossMinor = 10_000;
const vendorShareMinor = 8_740;
let vendorId: Id<"vnd">;

const decider = {
  circumstances: () => {
    throw new Error("nothing is decided here");
  },
  now: () => now,
  machineNow: () => now.toString(),
};

beforeEach(() => {
  vendorId = newId("vnd");
});

/** A vendor that lost a dispute, so many days ago, and was charged with its share of it. */
async function lost({ daysAgo = 31, suspended = true }): Promise<Id<"bkg">> {
  const bookingId = newId("bkg");
  const closedAt = now.subtract({ hours: 24 * daysAgo }).toString();
  await world.pool.query("insert into vendors values ($1, 1, $2)", [vendorId, suspended]);
  await world.pool.query(
    `insert into disputes (id, provider_id, payment_id, booking_id, charge, vendor_id, state, amount_minor, currency,
       closed_at, lost_minor, charged_back_minor, version, looks, calls, failures, created_at)
     values ($1, $1, $2, $3, 1, $4, 'lost', $5, 'EUR', $6, $5, $5, 2, 0, 1, 0, $6)`,
    [newId("dsp"), newId("pay"), bookingId, vendorId, lossMinor, closedAt],
  );
  await world.pool.query(
    "insert into settlements (booking_id, vendor_id, currency, over_since, due, settled_at) values ($1, $2, 'EUR', $3, false, $3)",
    [bookingId, vendorId, closedAt],
  );
  await owe(bookingId, -vendorShareMinor);
  return bookingId;
}

/** An item that the vendor is to be sent, or owes. */
async function owe(bookingId: string, amountMinor: number): Promise<void> {
  await world.pool.query(
    `insert into vendor_items (transaction_id, kind, vendor_id, booking_id, currency, payable_minor, tax_minor, available_at)
     values ($1, 'resettlement', $2, $3, 'EUR', $4, 0, now())`,
    [newId("ltx"), vendorId, bookingId, amountMinor],
  );
}

async function owedMinor(): Promise<number> {
  const { rows } = await world.pool.query<{ sum: string }>(
    "select sum(amount_minor) as sum from vendor_items where vendor_id = $1",
    [vendorId],
  );
  return Number(rows[0]?.sum);
}

async function writtenOff(): Promise<number> {
  await writeOffLosses({ transact: world.transact, decider, log: createLogger("test", "silent") });
  const { rows } = await world.pool.query<{ sum: string }>(
    `select coalesce(sum(e.amount_minor), 0) as sum from ledger_transactions t
     join ledger_entries e on e.transaction_id = t.id where t.vendor_id = $1 and e.account = 'write-off'`,
    [vendorId],
  );
  return Number(rows[0]?.sum);
}

test("what a vendor who has gone owes for a dispute is written off after a month, once", async () => {
  await lost({});
  expect(await writtenOff()).toBe(vendorShareMinor);
  expect(await owedMinor()).toBe(0);
  expect(await writtenOff()).toBe(vendorShareMinor);
});

test("no more is written off than other bookings leave uncovered", async () => {
  await owe(await lost({}), 5_000);
  expect(await writtenOff()).toBe(vendorShareMinor - 5_000);
  expect(await owedMinor()).toBe(0);
});

test.each([
  ["within the month", { daysAgo: 29 }],
  ["while the vendor is there", { suspended: false }],
])("nothing is written off %s", async (_, of) => {
  await lost(of);
  expect(await writtenOff()).toBe(0);
  expect(await owedMinor()).toBe(-vendorShareMinor);
});
