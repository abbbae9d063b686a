/**
 * Idempotency-Key: the first request's answer is stored in the transaction that made it true, and given again.
 * A refused request changed nothing, stores nothing, and may be sent again.
 */
import { hash } from "node:crypto";
import { sql, type Kysely } from "kysely";
import type { ChassisTables } from "./database.ts";
import type { Answer, Call } from "./endpoint.ts";
import type { JsonValue, Problem } from "./problem.ts";
import { idempotencyKeyInFlight, idempotencyKeyReused } from "./problems.ts";
import type { Transact, UnitOfWork } from "./unit-of-work.ts";

/** Who sent which key with what. */
export interface KeyUse {
  /** A user's or service's id, or `anonymous`. */
  readonly caller: string;
  readonly key: string;
  /** From `requestHash`. */
  readonly hash: string;
}

/** What a key's earlier use means for a request: its answer again, or a refusal. */
export type Replay =
  | { readonly kind: "answered"; readonly answer: Answer<JsonValue> }
  | { readonly kind: "reused" }
  | { readonly kind: "in-flight" };

/** An answer with the key it is stored under. */
export interface KeyedAnswer extends KeyUse {
  readonly answer: Answer;
}

/** Stored answers are kept at least this long. */
const answersKeptHours = 24;

const mostSwept = 5_000;

interface StoredAnswer {
  readonly caller: string;
  readonly key: string;
  readonly request_hash: string;
  readonly status: number | null;
  readonly body: JsonValue | null;
  readonly headers: Record<string, string> | null;
}

/** What makes two requests the same one; parts must be parsed by a schema, so that members come in one order. */
export function requestHash(...parts: readonly unknown[]): string {
  return hash("sha256", JSON.stringify(parts), "base64url");
}

function toReplay(use: KeyUse, stored: StoredAnswer): Replay {
  if (stored.request_hash !== use.hash) return { kind: "reused" };
  return {
    kind: "answered",
    answer: {
      body: stored.body ?? undefined,
      status: stored.status ?? undefined,
      headers: { ...stored.headers, "idempotency-replayed": "true" },
    },
  };
}

/**
 * What is known of each key, in the order given; undefined: never seen. A key that occurs twice in one batch
 * is in flight at its second occurrence. One statement.
 */
export async function loadReplays<DB extends ChassisTables>(
  tx: Kysely<DB>,
  uses: readonly KeyUse[],
): Promise<(Replay | undefined)[]> {
  if (uses.length === 0) return [];
  const callers = uses.map((use) => use.caller);
  const keys = uses.map((use) => use.key);
  const { rows } = await sql<StoredAnswer>`
    select caller, key, request_hash, status, body, headers from idempotency_keys
    where (caller, key) in (select * from unnest(${callers}::text[], ${keys}::text[]))`.execute(tx);
  const stored = new Map(rows.map((row) => [`${row.caller} ${row.key}`, row]));
  const met = new Set<string>();
  return uses.map((use) => {
    const name = `${use.caller} ${use.key}`;
    const row = stored.get(name);
    if (row !== undefined) return toReplay(use, row);
    if (met.has(name)) return { kind: "in-flight" };
    met.add(name);
    return undefined;
  });
}

/** Has another transaction stored one of the keys since they were looked up? */
function isStoredMeanwhile(error: unknown): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === "idempotency_keys_pkey";
}

/**
 * Stores answers under their keys. One statement.
 * @throws idempotencyKeyInFlight where another transaction has stored a key meanwhile; this one is then over
 */
export async function storeAnswers<DB extends ChassisTables>(
  tx: Kysely<DB>,
  answers: readonly KeyedAnswer[],
): Promise<void> {
  if (answers.length === 0) return;
  const rows = answers.map((row) => ({
    caller: row.caller,
    key: row.key,
    request_hash: row.hash,
    status: row.answer.status ?? null,
    body: row.answer.body ?? null,
    headers: row.answer.headers ?? null,
  }));
  try {
    await sql`
      insert into idempotency_keys (caller, key, request_hash, status, body, headers)
      select caller, key, request_hash, status, body, headers
      from json_populate_recordset(null::idempotency_keys, ${JSON.stringify(rows)}::json)`.execute(tx);
  } catch (error) {
    throw isStoredMeanwhile(error) ? refuseInFlight(error) : error;
  }
}

function refuseInFlight(cause?: unknown): Problem {
  return idempotencyKeyInFlight(undefined, { headers: { "retry-after": "1" }, cause });
}

/**
 * A key's earlier answer, or undefined when the work is still to do.
 * @throws idempotencyKeyReused, idempotencyKeyInFlight
 */
export function replayOrRefuse(replay: Replay | undefined): Answer<JsonValue> | undefined {
  if (replay === undefined) return undefined;
  if (replay.kind === "reused") throw idempotencyKeyReused();
  if (replay.kind === "in-flight") throw refuseInFlight();
  return replay.answer;
}

/** The use a call makes of its key; null when it sent none. */
export function keyUseOf(call: Call): KeyUse | null {
  if (call.idempotencyKey === null) return null;
  return {
    caller: call.caller?.userId ?? "anonymous",
    key: call.idempotencyKey,
    hash: requestHash(call.endpoint.name, call.params ?? null, call.body ?? null),
  };
}

/** Takes the key for this transaction; false when another transaction has it. Waiting would hold a connection. */
async function takeKey<DB>(tx: Kysely<DB>, use: KeyUse): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`idempotency ${use.caller} ${use.key}`}, 0)) as taken`.execute(
    tx,
  );
  return rows[0]?.taken === true;
}

/**
 * Runs `work` in a transaction, at most once for a key: a second request with the same key and content is given the
 * first one's answer, with `Idempotency-Replayed: true`. A call without a key runs every time.
 * @throws idempotencyKeyReused (other content), idempotencyKeyInFlight, and whatever `work` throws
 */
export async function idempotent<DB extends ChassisTables, Body>(
  deps: { readonly transact: Transact<DB> },
  call: Call,
  work: (unit: UnitOfWork<DB>) => Promise<Answer<Body>>,
): Promise<Answer<Body>> {
  const use = keyUseOf(call);
  if (use === null) return deps.transact(work);
  return deps.transact(async (unit) => {
    // A statement of its own: the next one's snapshot must be taken after the lock.
    if (!(await takeKey(unit.tx, use))) replayOrRefuse({ kind: "in-flight" });
    const [replay] = await loadReplays(unit.tx, [use]);
    const earlier = replayOrRefuse(replay);
    // The hash covers the endpoint's name, so what was stored is an answer of this endpoint.
    if (earlier !== undefined) return earlier as Answer<Body>;
    const fresh = await work(unit);
    await storeAnswers(unit.tx, [{ ...use, answer: fresh }]);
    return fresh;
  });
}

/** Forgets answers older than 24 hours, at most 5,000 at a time; returns how many. */
export async function sweepAnswers<DB extends ChassisTables>(db: Kysely<DB>): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys where (caller, key) in (
      select caller, key from idempotency_keys
      where created_at < now() - make_interval(hours => ${answersKeptHours})
      order by created_at limit ${mostSwept})`.execute(db);
  return Number(numAffectedRows ?? 0);
}
