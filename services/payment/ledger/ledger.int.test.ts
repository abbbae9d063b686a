import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureOf, type LedgerWorld, openLedgerWorld } from "./ledger-world.fixture.ts";
import { post } from "./post.ts";

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Adds rows as no code of ours does, by one statement. */
function write(transactions: readonly object[], entries: readonly object[]) {
  return world.pool.query(
    `with made as (
       insert into ledger_transactions select * from json_populate_recordset(null::ledger_transactions, $1))
     insert into ledger_entries select * from json_populate_recordset(null::ledger_entries, $2)`,
    [JSON.stringify(transactions), JSON.stringify(entries)],
  );
}

function rowsOf(amounts: readonly (readonly [string, number])[], bookedOn = "2030-05-05") {
  const id = newId("ltx");
  const at = `${bookedOn}T12:00:00Z`;
  const entries = amounts.map(([currency, amount_minor], index) => {
    const account = index === 0 ? "stripe" : "guest";
    return { transaction_id: id, position: index + 1, account, currency, amount_minor };
  });
  return { id, transactions: [{ id, kind: "capture", cause: id, booked_on: bookedOn, at }], entries };
}

describe("Postgres alone refuses", () => {
  test.for([
    ["one side only", [["EUR", 100]]],
    [
      "sides that differ by one",
      [
        ["EUR", 100],
        ["EUR", -99],
      ],
    ],
    [
      "two currencies that cancel out as numbers",
      [
        ["EUR", 100],
        ["USD", -100],
      ],
    ],
    [
      "one currency of two",
      [
        ["EUR", 1],
        ["EUR", -1],
        ["USD", 1],
      ],
    ],
  ] as const)("%s", async ([, amounts]) => {
    const { transactions, entries } = rowsOf(amounts);
    await expect(write(transactions, entries)).rejects.toMatchObject({
      constraint: "ledger_entries_balance",
    });
  });

  test("a transaction without entries", async () => {
    const { transactions } = rowsOf([]);
    const refused = { constraint: "ledger_transactions_have_entries" };
    await expect(write(transactions, [])).rejects.toMatchObject(refused);
  });

  test("entries of no transaction", async () => {
    const { entries } = rowsOf([
      ["EUR", 1],
      ["EUR", -1],
    ]);
    await expect(write([], entries)).rejects.toMatchObject({ constraint: "ledger_entries_in_open_day" });
  });

  test("an account that there is not, and an entry of nothing", async () => {
    const { transactions, entries } = rowsOf([
      ["EUR", 1],
      ["EUR", -1],
    ]);
    const elsewhere = entries.map((entry) => ({ ...entry, account: "pocket" }));
    await expect(write(transactions, elsewhere)).rejects.toThrow("ledger_entries_account_check");
    const nothing = entries.map((entry) => ({ ...entry, amount_minor: 0 }));
    await expect(write(transactions, nothing)).rejects.toThrow("ledger_entries_amount_minor_check");
  });

  test("an unbalanced posting beside balanced ones, and all of them with it", async () => {
    const good = captureOf(500);
    const bad = {
      ...captureOf(500),
      entries: [{ account: "stripe", currency: "EUR", amountMinor: 1 }] as const,
    };
    await expect(world.post([good, bad])).rejects.toMatchObject({ constraint: "ledger_entries_balance" });
    expect(await world.posted(good.cause)).toEqual([]);
  });

  test.each([
    "update ledger_entries set amount_minor = amount_minor + 1",
    "update ledger_entries set amount_minor = 1 where false",
    "update ledger_transactions set booked_on = '2030-01-01'",
    "delete from ledger_entries",
    "delete from ledger_transactions",
    "truncate ledger_entries",
    "truncate ledger_transactions, ledger_entries cascade",
    "insert into ledger_transactions select * from ledger_transactions on conflict (id) do update set cause = 'x'",
    "update ledger_closed_days set closed_at = now()",
    "delete from ledger_closed_days",
    "truncate ledger_closed_days cascade",
    "update ledger_closes set hash = hash",
    "delete from ledger_close_totals",
    "truncate ledger_closes cascade",
  ])("%s, asked by the tables' owner", async (statement) => {
    await world.post([captureOf(100)]);
    const { rows } = await world.pool.query<{ owner: boolean }>(
      "select tableowner = current_user as owner from pg_tables where tablename = 'ledger_entries'",
    );
    expect(rows).toEqual([{ owner: true }]);
    await expect(world.pool.query(statement)).rejects.toThrow("the ledger is append-only");
  });
});

describe("one cause", () => {
  test("posted again is posted once", async () => {
    const posting = captureOf(700);
    await world.post([posting, posting]);
    await world.post([posting]);
    expect(await world.posted(posting.cause)).toMatchObject([
      { account: "stripe", amount_minor: 700, booked_on: "2030-05-05" },
      { account: "guest", amount_minor: -700 },
    ]);
  });

  test("posted by many at once is posted once", async () => {
    const postings = Array.from({ length: 8 }, () => captureOf(300));
    await Promise.all(Array.from({ length: 8 }, () => world.post(postings)));
    for (const { cause } of postings) expect(await world.posted(cause)).toHaveLength(2);
  });

  test("under two kinds is two", async () => {
    const posting = captureOf(700);
    const { bookingId, vendorId, cause } = posting;
    const entries = [
      { account: "refunds", currency: "EUR", amountMinor: 700 },
      { account: "stripe", currency: "EUR", amountMinor: -700 },
    ] as const;
    await world.post([posting, { kind: "refund", cause, bookingId, vendorId, entries }]);
    expect(await world.posted(cause)).toHaveLength(4);
  });

  test("of a transaction that was rolled back is free again", async () => {
    const posting = captureOf(700);
    const failing = world.transact(async (unit) => {
      await unit.tx.selectFrom("payments").select("id").execute();
      await post(unit, [posting], Temporal.Instant.from("2030-05-05T12:00:00Z"));
      throw new Error("not to be");
    });
    await expect(failing).rejects.toThrow("not to be");
    expect(await world.posted(posting.cause)).toEqual([]);
    await world.post([posting]);
    expect(await world.posted(posting.cause)).toHaveLength(2);
  });
});

test("amounts of any size and currency are kept exactly", async () => {
  const postings = [captureOf(9_007_199_254_740_991, newId("pay"), "JPY"), captureOf(1, newId("pay"), "KWD")];
  await world.post(postings);
  const rows = await Promise.all(postings.map(({ cause }) => world.posted(cause)));
  expect(rows.flat().map(({ currency, amount_minor }) => [currency, amount_minor])).toEqual([
    ["JPY", 9_007_199_254_740_991],
    ["JPY", -9_007_199_254_740_991],
    ["KWD", 1],
    ["KWD", -1],
  ]);
});
