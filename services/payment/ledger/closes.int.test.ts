import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeNextDay } from "./close-days.ts";
import { booksOf, readClose } from "./closes.ts";
import { captureOf, type LedgerWorld, openLedgerWorld } from "./ledger-world.fixture.ts";
import { post } from "./post.ts";

let world: LedgerWorld;
beforeAll(async () => {
  world = await openLedgerWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const noon = (day: string) => `${day}T12:00:00Z`;

/** Closes all that is over at that moment. */
async function closeUntil(at: string): Promise<void> {
  while (await closeNextDay(world, Temporal.Instant.from(at)));
}

async function closedDays(): Promise<string[]> {
  const rows = await world.db.selectFrom("ledger_closes").select("day").orderBy("day").execute();
  return rows.map(({ day }) => day);
}

async function bookedOn(cause: string): Promise<string | undefined> {
  return (await world.posted(cause))[0]?.booked_on;
}

/** Is every closed day still what it was closed as? */
async function allMatch(): Promise<boolean> {
  const days = await closedDays();
  const proofs = await Promise.all(
    days.map(async (day) => {
      const { closedAt, ...closed } = (await readClose(world.db, day))!;
      return closedAt !== "" && JSON.stringify(closed) === JSON.stringify(await booksOf(world.db, day));
    }),
  );
  return proofs.every(Boolean);
}

describe("days", () => {
  test("are closed once they are over, in order, also those on which nothing was posted", async () => {
    await closeUntil(noon("2030-05-20"));
    expect(await closedDays()).toEqual([]);
    await world.post([captureOf(500), captureOf(250, "pay_twice", "JPY")], noon("2030-05-05"));
    await world.post([captureOf(1_000)], noon("2030-05-08"));
    await closeUntil("2030-05-05T23:59:59Z");
    expect(await closedDays()).toEqual([]);
    await closeUntil("2030-05-09T00:00:00Z");
    expect(await closedDays()).toEqual(["2030-05-05", "2030-05-06", "2030-05-07", "2030-05-08"]);
    expect(await readClose(world.db, "2030-05-06")).toMatchObject({
      transactions: 0,
      entries: 0,
      totals: [
        { account: "guest", currency: "EUR", debitMinor: 0, creditMinor: 0, balanceMinor: -500 },
        { account: "guest", currency: "JPY", balanceMinor: -250 },
        { account: "stripe", currency: "EUR", balanceMinor: 500 },
        { account: "stripe", currency: "JPY", balanceMinor: 250 },
      ],
    });
    expect((await readClose(world.db, "2030-05-08"))?.totals).toContainEqual({
      account: "stripe",
      currency: "EUR",
      debitMinor: 1_000,
      creditMinor: 0,
      balanceMinor: 1_500,
    });
  });

  test("that are closed take nothing more: what is posted late is of the first open one", async () => {
    const late = captureOf(100);
    await world.post([late], noon("2030-05-06"));
    expect(await bookedOn(late.cause)).toBe("2030-05-09");
    expect(await allMatch()).toBe(true);
  });

  test("come to the same hash again, each going on from the one before", async () => {
    const days = await closedDays();
    const hashes = await Promise.all(days.map(async (day) => (await booksOf(world.db, day)).hash));
    const written = await Promise.all(days.map(async (day) => (await readClose(world.db, day))?.hash));
    expect(hashes).toEqual(written);
    expect(new Set(hashes).size).toBe(days.length);
  });

  test("are finished by whoever finds one that was begun and left", async () => {
    await closeUntil(noon("2030-05-10"));
    await world.pool.query("insert into ledger_closed_days (day) values ('2030-05-10')");
    const late = captureOf(100);
    await world.post([late], noon("2030-05-10"));
    expect(await bookedOn(late.cause)).toBe("2030-05-11");
    await closeUntil("2030-05-11T00:00:00Z");
    expect((await closedDays()).at(-1)).toBe("2030-05-10");
    expect(await allMatch()).toBe(true);
  });

  test.each(["2030-05-09", "2030-05-13", "2030-01-01"])("are refused out of order: %s", async (day) => {
    const closing = world.pool.query("insert into ledger_closed_days (day) values ($1)", [day]);
    const outcome = await closing.then(
      () => "closed",
      (error: { constraint?: string }) => error.constraint,
    );
    expect(outcome).toBe(day === "2030-05-09" ? "ledger_closed_days_pkey" : "ledger_days_close_in_order");
  });

  test("are closed once by many replicas at once", async () => {
    const now = Temporal.Instant.from(noon("2030-05-16"));
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (await closeNextDay(world, now));
      }),
    );
    expect((await closedDays()).at(-1)).toBe("2030-05-15");
    expect(await allMatch()).toBe(true);
  });
});

test("Postgres refuses entries on a closed day, whoever writes them", async () => {
  const writing = world.pool.query(
    `with made as (
       insert into ledger_transactions (id, kind, cause, booked_on, at)
       values ('ltx_late', 'capture', 'late', '2030-05-05', '2030-05-05T12:00:00Z'))
     insert into ledger_entries values ('ltx_late', 1, 'stripe', 'EUR', 5), ('ltx_late', 2, 'guest', 'EUR', -5)`,
  );
  await expect(writing).rejects.toMatchObject({ constraint: "ledger_entries_in_open_day" });
});

test("no posting lands on a day that is closed meanwhile, however many post and close at once", async () => {
  const first = Temporal.PlainDate.from("2030-06-01");
  const days = Array.from({ length: 10 }, (_, index) => first.add({ days: index }).toString());
  await world.post([captureOf(1)], noon("2030-06-01"));
  await closeUntil(noon("2030-06-01"));
  const causes: string[] = [];
  const poster = async () => {
    for (const day of days) {
      for (let count = 0; count < 5; count += 1) {
        const posting = captureOf(100);
        causes.push(posting.cause);
        await world.transact(async (unit) => {
          await post(unit, [posting], Temporal.Instant.from(noon(day)));
          // Holds the day open for as long as a slow transaction does.
          await unit.tx.selectFrom("payments").select("id").limit(1).execute();
        });
      }
    }
  };
  const closer = async () => {
    for (const day of days) await closeUntil(`${day}T23:59:59.999Z`);
    await closeUntil(noon("2030-06-11"));
  };
  await Promise.all([poster(), poster(), poster(), poster(), closer(), closer()]);
  await closeUntil(noon("2030-06-20"));
  const { rows } = await world.pool.query<{ days: string; count: string }>(
    "select count(distinct booked_on) as days, count(*) as count from ledger_transactions where cause = any($1)",
    [causes],
  );
  expect(Number(rows[0]?.count)).toBe(causes.length);
  expect(Number(rows[0]?.days)).toBeGreaterThan(1);
  expect(await allMatch()).toBe(true);
});

test("a day whose books were tampered with matches its close no more", async () => {
  await world.pool.query("alter table ledger_entries disable trigger user");
  await world.pool.query(
    "update ledger_entries set amount_minor = amount_minor * 2 where transaction_id = (select id from ledger_transactions where cause = 'pay_twice')",
  );
  await world.pool.query("alter table ledger_entries enable trigger user");
  const { hash } = await booksOf(world.db, "2030-05-05");
  expect(hash).not.toBe((await readClose(world.db, "2030-05-05"))?.hash);
  expect(await allMatch()).toBe(false);
});
