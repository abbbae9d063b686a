/** One transaction of a service: what it writes and what it announces become true together, or not at all. */
import assert from "node:assert";
import type { EventDefinition } from "@holdfast/contracts/define-event";
import type { Kysely, Transaction } from "kysely";
import type { Logger } from "./log.ts";
import { pause } from "./backoff.ts";
import type { ChassisTables } from "./database.ts";
import { type Announcement, type Outbox, type OutboxRow, outboxInsert, outboxRow } from "./outbox.ts";

export interface UnitOfWork<DB> {
  readonly tx: Transaction<DB>;
  /** Writes the event with this transaction; it is published after the commit, at least once. */
  announce<D>(event: EventDefinition<D>, about: Announcement<D>): void;
  /** Runs once the transaction has committed, never if it rolled back; an error in it is logged and changes nothing. */
  afterCommit(action: () => void): void;
}

/** Runs work in one transaction (read committed) and commits it. The whole work may run again after a deadlock. */
export type Transact<DB> = <T>(work: (unit: UnitOfWork<DB>) => Promise<T>) => Promise<T>;

export interface TransactorOptions<DB extends ChassisTables> {
  readonly db: Kysely<DB>;
  readonly outbox: Outbox;
  readonly log: Logger;
  /** The service, which is the emitter of what it announces. */
  readonly name: string;
}

const attemptsMax = 5;
const pauseMaxMs = 25;
/** serialization_failure, deadlock_detected, and a prepared statement that is gone or whose table has changed. */
const retryable: ReadonlySet<string> = new Set(["40001", "40P01", "26000", "0A000"]);

function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  if (error.code === "0A000") return error.message.includes("cached plan");
  return retryable.has(error.code);
}

/** The one way to write to a service's database. Errors of the work roll everything back and are thrown as they are. */
export function createTransactor<DB extends ChassisTables>(options: TransactorOptions<DB>): Transact<DB> {
  return async function transact(work) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runOnce(options, work);
      } catch (error) {
        if (attempt >= attemptsMax || !isRetryable(error)) throw error;
        options.log.debug({ err: error, attempt }, "transaction runs again");
        await pause(Math.random() * pauseMaxMs * attempt);
      }
    }
  };
}

async function runOnce<DB extends ChassisTables, T>(
  { db, outbox, log, name }: TransactorOptions<DB>,
  work: (unit: UnitOfWork<DB>) => Promise<T>,
): Promise<T> {
  const rows: OutboxRow[] = [];
  const actions: (() => void)[] = [];
  const result = await db.transaction().execute(async (tx) => {
    const unit: UnitOfWork<DB> = {
      tx,
      announce(event, about) {
        assert(event.emitter === name, `${name} announces ${event.type}, which belongs to ${event.emitter}`);
        rows.push(outboxRow(name, event, about));
      },
      afterCommit: (action) => void actions.push(action),
    };
    const value = await work(unit);
    if (rows.length > 0) await tx.executeQuery(outboxInsert(rows));
    return value;
  });
  if (rows.length > 0) outbox.publishAtOnce(rows);
  for (const action of actions) {
    try {
      action();
    } catch (error) {
      log.error({ err: error }, "an action after the commit failed");
    }
  }
  return result;
}
