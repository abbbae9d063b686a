import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { expect, test } from "vitest";
import type { BookingTables } from "../database.ts";
import { Waiters } from "./waiters.ts";

const longMs = 30_000;

function newWaiters(): Waiters {
  return new Waiters(
    new Kysely<BookingTables>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    }),
  );
}

test("a process that is stopping holds up nobody, neither who waits nor who comes to wait", async () => {
  const waiters = newWaiters();
  const { signal } = new AbortController();
  const waiting = waiters.wait("bkg_1", longMs, signal);
  waiters.release();
  expect(await waiting).toBeUndefined();
  // A request that was in hand when the signal came, and has just written its booking.
  expect(await waiters.wait("bkg_2", longMs, signal)).toBeUndefined();
});
