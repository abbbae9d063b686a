/** A service's connection to its own Postgres schema, and the tables that the machinery keeps in it. */
import { type Generated, Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Logger } from "./log.ts";
import { pipelinedPool } from "./pipelined-pool.ts";
import { wireTypes } from "./wire-types.ts";

/**
 * Tables that the chassis' migrations make in every service's schema; a service adds its own:
 * `interface BookingTables extends ChassisTables { bookings: … }`.
 * Instants are strings in UTC, `2026-12-01T15:00:00Z`; dates are `2026-12-01`; bigint is a safe number; numeric is a string.
 */
export interface ChassisTables {
  outbox: OutboxTable;
  inbox: InboxTable;
  dead_letters: DeadLetterTable;
  idempotency_keys: IdempotencyKeyTable;
  stream_epochs: StreamEpochTable;
  key_sets: KeySetTable;
  schema_migrations: SchemaMigrationTable;
}

export interface OutboxTable {
  id: string;
  /** NATS subject, which is the event's type. */
  subject: string;
  envelope: unknown;
  created_at: Generated<string>;
  published_at: string | null;
}

export interface InboxTable {
  consumer: string;
  event_id: string;
  received_at: Generated<string>;
}

export interface DeadLetterTable {
  id: string;
  consumer: string;
  event_id: string;
  event_type: string;
  envelope: unknown;
  kind: "refused" | "exhausted";
  error: string;
  deliveries: number;
  created_at: Generated<string>;
  replayed_at: string | null;
}

export interface IdempotencyKeyTable {
  caller: string;
  key: string;
  request_hash: string;
  status: number | null;
  body: unknown;
  headers: unknown;
  /** The whole answer in place of its parts, where it is sealed. */
  sealed: Buffer | null;
  created_at: Generated<string>;
}

export interface StreamEpochTable {
  stream: string;
  epoch: number;
  created: string;
  last_seq: number;
  republish_after: string | null;
}

export interface KeySetTable {
  /** Where it is published. */
  url: string;
  jwks: unknown;
  /** Machine time. */
  fetched_at: string;
}

export interface SchemaMigrationTable {
  source: string;
  name: string;
  checksum: string;
  applied_at: Generated<string>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Connections at most. */
  readonly poolSize: number;
  readonly log: Logger;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Longest a statement may run on the server, in ms; 10 s where not said. */
  readonly statementTimeoutMs?: number;
  /** Longest to wait for a free or new connection, in ms; 5 s where not said. */
  readonly connectTimeoutMs?: number;
  /** Statements used repeatedly are prepared under a name; on where not said (off behind a pooler that forbids it). */
  readonly prepareStatements?: boolean;
}

/** An open database; disposing waits for queries in hand and closes every connection. */
export interface Database<DB> extends AsyncDisposable {
  readonly db: Kysely<DB>;
  readonly pool: pg.Pool;
}

/**
 * Every statement of a service finds its rows by keys and an index. A plan is made once a connection, often while the
 * table is still empty, when reading all of it is free, and is kept while the table grows: 6,000 sagas on a new database
 * read 400 pages each that way, to update two rows. Where there is no index to use, Postgres scans all the same.
 */
const planning = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";
const idleInTransactionMs = 10_000;
const idleConnectionMs = 30_000;

/**
 * Opens a pool; connects on first use, so it never fails because Postgres is down.
 * Queries through `db` are pipelined: `begin` travels with the statement that follows it.
 */
export function openDatabase<DB>(options: DatabaseOptions): Database<DB> {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: idleConnectionMs,
    keepAlive: true,
    pipeline: true,
    options: `${planning} -c timezone=UTC -c datestyle=ISO -c statement_timeout=${statementTimeoutMs} -c idle_in_transaction_session_timeout=${idleInTransactionMs}`,
    // The server's own limit comes first; this one is for a server that no longer answers at all.
    query_timeout: statementTimeoutMs + 5_000,
    types: wireTypes,
  });
  pool.on("error", (error) => options.log.warn({ err: error }, "an idle database connection was lost"));
  // The pool listens to idle connections only; one that is lost in the hands of a transaction must not end the process.
  pool.on("connect", (client) => {
    client.on("error", (error) => options.log.debug({ err: error }, "a database connection was lost"));
  });
  const db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool: pipelinedPool(pool, { named: options.prepareStatements ?? true }) }),
  });
  return {
    db,
    pool,
    async [Symbol.asyncDispose]() {
      await db.destroy();
    },
  };
}
