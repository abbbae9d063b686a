/** Where a text stands in anything the platform keeps: every schema, the whole of every stream, Redis. */
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

/** Names of the tables, streams and keys in which any of these texts stands, in whatever case. */
export async function tracesOf(world: Searched, texts: readonly string[]): Promise<string[]> {
  const found = await Promise.all([inTables(world, texts), inStreams(world, texts), inRedis(world, texts)]);
  return found.flat();
}

async function inTables({ sql }: Searched, texts: readonly string[]): Promise<string[]> {
  const { rows } = await sql.query<{ place: string }>(
    `select format('%I.%I', table_schema, table_name) as place from information_schema.tables
     where table_schema = any($1) and table_type = 'BASE TABLE'`,
    [schemas],
  );
  const patterns = texts.map((text) => `%${text}%`);
  const hits: string[] = [];
  for (const { place } of rows) {
    const hit = await sql.query(`select from ${place} t where t::text ilike any($1) limit 1`, [patterns]);
    if (hit.rowCount !== 0) hits.push(place);
  }
  return hits;
}

async function inStreams({ platform }: Searched, texts: readonly string[]): Promise<string[]> {
  const nc = await connect(platform.servers.nats.credentialsFor("operator"));
  try {
    const manager = await jetstreamManager(nc);
    const hits: string[] = [];
    for (const { stream } of emitters.map((emitter) => streams[emitter])) {
      const { state } = await manager.streams.info(stream);
      for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
        const message = await manager.streams.getMessage(stream, { seq });
        const text = message === null ? "" : message.string();
        if (contains(text, texts)) hits.push(`${stream} ${String(message?.subject)}`);
      }
    }
    return hits;
  } finally {
    await nc.close();
  }
}

async function inRedis({ platform }: Searched, texts: readonly string[]): Promise<string[]> {
  const redis = new Redis(platform.servers.redis.url);
  try {
    const hits: string[] = [];
    for (const key of await redis.keys("*")) {
      const kept = await valueOf(redis, key);
      if (contains(`${key} ${JSON.stringify(kept)}`, texts)) hits.push(`redis ${key}`);
    }
    return hits;
  } finally {
    redis.disconnect();
  }
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

function contains(text: string, texts: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return texts.some((one) => lower.includes(one.toLowerCase()));
}
