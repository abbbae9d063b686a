/** A small service for tests of the machinery: it says things, hears things, and counts what that did to it. */
import { defineEvent, type Emitter } from "@holdfast/contracts/define-event";
import { type Kysely, sql } from "kysely";
import { z } from "zod";
import { type Bus, connectBus } from "./bus.ts";
import type { ConsumerDefinition } from "./consumer.ts";
import { type ChassisTables, openDatabase } from "./database.ts";
import { createLogger } from "./log.ts";
import { migrate } from "./migrate.ts";
import { type Relay, type RelayOptions, startRelay } from "./relay.ts";
import { type StartConsumersOptions, startConsumers } from "./start-consumers.ts";
import { type Transact, createTransactor } from "./unit-of-work.ts";

/** What the test services say. */
export const tested = defineEvent("booking.tested.v1", {
  emitter: "booking",
  description: "Something was tested",
  data: z.object({ number: z.int() }),
});

export interface TestTables extends ChassisTables {
  /** One row for each effect an event had. */
  effects: { event_id: string; number: number };
}

export interface TestServiceOptions {
  readonly name: Emitter;
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly natsUser: string;
  readonly natsPassword: string;
  readonly definitions?: readonly ConsumerDefinition<TestTables>[];
  readonly relay?: Partial<RelayOptions<TestTables>> | "none";
  readonly consumers?: Partial<StartConsumersOptions<TestTables>>;
}

export interface TestService extends AsyncDisposable {
  readonly db: Kysely<TestTables>;
  readonly bus: Bus;
  readonly relay: Relay | null;
  readonly transact: Transact<TestTables>;
  /** Says `tested` with these numbers, in one transaction. */
  say(...numbers: readonly number[]): Promise<void>;
  /** Numbers of the effects there were, in order; a number that is there twice had its effect twice. */
  effects(): Promise<number[]>;
}

/** Opens it; its schema is brought up to date first. */
export async function openTestService(options: TestServiceOptions): Promise<TestService> {
  await using opening = new AsyncDisposableStack();
  const { name, natsUser: user, natsPassword: password } = options;
  const log = createLogger(name, "silent");
  const database = opening.use(
    openDatabase<TestTables>({ url: options.databaseUrl, poolSize: 5, applicationName: `test-${name}`, log }),
  );
  const { db, pool } = database;
  await migrate({ pool, directory: null, log });
  await pool.query("create table if not exists effects (event_id text not null, number integer not null)");
  const bus = opening.use(connectBus({ url: options.natsUrl, user, password, name, log }));
  const relay =
    options.relay === "none"
      ? null
      : opening.use(startRelay<TestTables>({ ...options.relay, db, bus, emitter: name, log }));
  const outbox = relay ?? { publishAtOnce: () => undefined };
  const transact = createTransactor<TestTables>({ db, outbox, log, name });
  if (options.definitions) {
    const { definitions } = options;
    opening.use(startConsumers<TestTables>({ ...options.consumers, name, bus, transact, definitions, log }));
  }
  const opened = opening.move();
  return {
    db,
    bus,
    relay,
    transact,
    say: (...numbers) => say(transact, numbers),
    effects: async () => {
      const found = await sql<{ number: number }>`select number from effects order by number`.execute(db);
      return found.rows.map((row) => row.number);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function say(transact: Transact<TestTables>, numbers: readonly number[]): Promise<void> {
  await transact(async (unit) => {
    for (const number of numbers) {
      const time = Temporal.Now.instant();
      unit.announce(tested, { subject: `bkg_${number}`, version: 1, data: { number }, time });
    }
  });
}
