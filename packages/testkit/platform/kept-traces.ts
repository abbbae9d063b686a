/** Where a text stands in anything the platform keeps: every schema, the whole of every stream, Redis, the logs. */
import { glob, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { emitters, streams } from "@holdfast/contracts/define-event";
import { Redis } from "ioredis";
import type pg from "pg";
import type { Platform } from "./start-platform.ts";

/** A running platform, and its database as the administrator reads it. */
export interface Searched {
  readonly platform: Platform;
  readonly sql: pg.Pool;
}

const schemas = ["auth", "catalog", "booking", "payment", "notification"];

/** What is looked for, as Postgres and as this process are asked about one text. */
export interface Sought {
  /** A condition of SQL on `$1` and the row's text `t::text`: rows that may have it. */
  readonly condition: string;
  readonly parameter: unknown;
  /** Whether a text has it for certain. */
  readonly isIn: (text: string) => boolean;
}

/** Rows of a table that may have it, looked at closely at most. */
const rowsRead = 2_000;

/** Names of the tables, streams and keys in which any of these texts stands, in whatever case. */
export async function tracesOf(world: Searched, texts: readonly string[]): Promise<string[]> {
  const lowered = texts.map((text) => text.toLowerCase());
  const sought: Sought = {
    condition: "t::text ilike any($1)",
    parameter: texts.map((text) => `%${text}%`),
    isIn: (text) => lowered.some((one) => text.toLowerCase().includes(one)),
  };
  const found = await Promise.all([
    inTables(world.sql, sought),
    inStreams(world.platform, sought),
    inRedis(world.platform, sought),
  ]);
  return found.flat();
}

/** Names of the tables in which what is sought stands in any row. */
export async function inTables(sql: pg.Pool, { condition, parameter, isIn }: Sought): Promise<string[]> {
  const { rows } = await sql.query<{ place: string }>(
    `select format('%I.%I', table_schema, table_name) as place from information_schema.tables
     where table_schema = any($1) and table_type = 'BASE TABLE'`,
    [schemas],
  );
  const hits: string[] = [];
  for (const { place } of rows) {
    const { rows: kept } = await sql.query<{ text: string }>(
      `select t::text as text from ${place} t where ${condition} limit ${rowsRead}`,
      [parameter],
    );
    if (kept.some(({ text }) => isIn(text))) hits.push(place);
  }
  return hits;
}

/** Streams with the subjects of the messages in which it stands. */
export async function inStreams({ servers }: Platform, { isIn }: Sought): Promise<string[]> {
  const nc = await connect(servers.nats.credentialsFor("operator"));
  try {
    const manager = await jetstreamManager(nc);
    const hits: string[] = [];
    for (const { stream } of emitters.map((emitter) => streams[emitter])) {
      const { state } = await manager.streams.info(stream);
      // Of an empty stream the first message is none.
      for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
        const message = await manager.streams.getMessage(stream, { seq });
        if (isIn(message === null ? "" : message.string()))
          hits.push(`${stream} ${String(message?.subject)}`);
      }
    }
    return hits;
  } finally {
    await nc.close();
  }
}

/** Redis's keys with which, or under which, it stands. */
export async function inRedis({ servers }: Platform, { isIn }: Sought): Promise<string[]> {
  const redis = new Redis(servers.redis.url);
  try {
    const hits: string[] = [];
    for (const key of await redis.keys("*")) {
      if (isIn(`${key} ${JSON.stringify(await valueOf(redis, key))}`)) hits.push(`redis ${key}`);
    }
    return hits;
  } finally {
    redis.disconnect();
  }
}

/** Names of the log files in which it stands. */
export async function inLogs({ logsDir }: Platform, { isIn }: Sought): Promise<string[]> {
  const hits: string[] = [];
  for await (const file of glob(join(logsDir, "**/*.log"))) {
    if (isIn(await readFile(file, "utf8"))) hits.push(`log ${basename(file)}`);
  }
  return hits;
}

/** Whatever a key holds. */
async function valueOf(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  if (type === "hash") return redis.hgetall(key);
  if (type === "zset") return redis.zrange(key, "0", "-1");
  if (type === "set") return redis.smembers(key);
  if (type === "list") return redis.lrange(key, 0, -1);
  return type === "string" ? redis.get(key) : null;
}
