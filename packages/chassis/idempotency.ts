/**
 * Idempotency-Key: the first request's answer is stored in the transaction that made it true, and given again.
 * A refused request stores nothing, and may be sent again.
 */
import assert from "node:assert";
import { sql, type Kysely } from "kysely";
import type { ChassisTables } from "./database.ts";
import type { Answer } from "./endpoint.ts";
import { type KeyedCall, type KeyUse, keyUseOf } from "./key-use.ts";
import { type JsonValue, Problem } from "./problem.ts";
import { idempotencyKeyInFlight, idempotencyKeyReused } from "./problems.ts";
import { seal, unseal } from "./sealing.ts";
import type { Transact, UnitOfWork } from "./unit-of-work.ts";

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

const replayed = { "idempotency-replayed": "true" } as const;

/** Is it an answer that was given before? */
export function isReplayed({ headers }: Pick<Answer, "headers">): boolean {
  return headers?.["idempotency-replayed"] === "true";
}

interface StoredAnswer {
  readonly caller: string;
  readonly key: string;
  readonly request_hash: string;
  readonly status: number | null;
  readonly body: JsonValue | null;
  readonly headers: Record<string, string> | null;
  readonly sealed: Buffer | null;
}

function toReplay(use: KeyUse, stored: StoredAnswer): Replay {
  if (stored.request_hash !== use.hash) return { kind: "reused" };
  const { body, status, headers, cookies } =
    stored.sealed === null ? openly(stored) : open(use, stored.sealed);
  return {
    kind: "answered",
    answer: { body, status, headers: { ...headers, ...replayed }, ...(cookies && { cookies }) },
  };
}

function openly({ body, status, headers }: StoredAnswer): Answer<JsonValue> {
  return { body: body ?? undefined, status: status ?? undefined, headers: headers ?? undefined };
}

/** A sealed answer belongs to its row: to this caller and this key. */
function labelOf({ caller, key }: KeyUse): string {
  return `${caller} ${key}`;
}

function open(use: KeyUse, sealed: Buffer): Answer<JsonValue> {
  assert(use.sealingKey !== undefined, "what is sealed was stored under a key that seals");
  return JSON.parse(unseal(use.sealingKey, sealed, labelOf(use)).toString()) as Answer<JsonValue>;
}

/** The answer as its row holds it. */
function toRow({ answer, ...use }: KeyedAnswer) {
  const row = { caller: use.caller, key: use.key, request_hash: use.hash };
  const { status, body, headers, cookies } = answer;
  if (use.sealingKey === undefined) {
    assert(cookies === undefined, "an answer with cookies is sealed, or they would be readable");
    return { ...row, status: status ?? null, body: body ?? null, headers: headers ?? null, sealed: null };
  }
  const plain = Buffer.from(JSON.stringify({ status, body, headers, cookies }));
  const sealed = `\\x${seal(use.sealingKey, plain, labelOf(use)).toString("hex")}`;
  return { ...row, status: null, body: null, headers: null, sealed };
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
    select caller, key, request_hash, status, body, headers, sealed from idempotency_keys
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
  try {
    await sql`
      insert into idempotency_keys (caller, key, request_hash, status, body, headers, sealed)
      select caller, key, request_hash, status, body, headers, sealed
      from json_populate_recordset(null::idempotency_keys, ${JSON.stringify(answers.map(toRow))}::json)`.execute(
      tx,
    );
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

/** Takes the key for this transaction; false when another transaction has it. Waiting would hold a connection. */
async function takeKey<DB>(tx: Kysely<DB>, use: KeyUse): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`idempotency ${use.caller} ${use.key}`}, 0)) as taken`.execute(
    tx,
  );
  return rows[0]?.taken === true;
}

/** What repetition needs of a service. */
export interface RepetitionDeps<DB> {
  readonly transact: Transact<DB>;
  /** As `keyUseOf` takes it. */
  readonly repetitionSecret?: Buffer;
}

/**
 * Does the work of a call in one transaction, at most once for its key: a second request with the same key and content
 * is given the first one's answer, with `Idempotency-Replayed: true`. A call without a key is worked on every time. A
 * Problem that `work` returns is thrown after the commit: what a refusal leaves behind stays, and nothing is stored.
 * @throws idempotencyKeyReused (other content), idempotencyKeyInFlight, and whatever `work` throws
 */
export async function idempotent<DB extends ChassisTables, Body>(
  { transact, repetitionSecret }: RepetitionDeps<DB>,
  call: KeyedCall,
  work: (unit: UnitOfWork<DB>) => Promise<Answer<Body> | Problem>,
): Promise<Answer<Body>> {
  const use = keyUseOf(call, repetitionSecret);
  const outcome = await transact(use === null ? work : (unit) => workOnce(unit, use, work));
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}

async function workOnce<DB extends ChassisTables, Body>(
  unit: UnitOfWork<DB>,
  use: KeyUse,
  work: (unit: UnitOfWork<DB>) => Promise<Answer<Body> | Problem>,
): Promise<Answer<Body> | Problem> {
  // A statement of its own: the next one's snapshot must be taken after the lock.
  if (!(await takeKey(unit.tx, use))) replayOrRefuse({ kind: "in-flight" });
  const [replay] = await loadReplays(unit.tx, [use]);
  const earlier = replayOrRefuse(replay);
  // The hash covers the endpoint's name, so what was stored is an answer of this endpoint.
  if (earlier !== undefined) return earlier as Answer<Body>;
  const fresh = await work(unit);
  if (!(fresh instanceof Problem)) await storeAnswers(unit.tx, [{ ...use, answer: fresh }]);
  return fresh;
}

/**
 * For calls that have something to do before their transaction: hash a password, ask another service. `work` does that,
 * and then what is `idempotent`. A repetition is answered before it does either; one that came at the same time, and is
 * refused because the first has had its effect meanwhile, is given the first one's answer.
 * @throws idempotencyKeyReused, and whatever `work` throws
 */
export async function unlessAnswered<DB extends ChassisTables, Body>(
  deps: RepetitionDeps<DB>,
  call: KeyedCall,
  work: () => Promise<Answer<Body>>,
): Promise<Answer<Body>> {
  const earlier = await earlierAnswer<DB, Body>(deps, call);
  if (earlier !== undefined) return earlier;
  try {
    return await work();
  } catch (error) {
    const meanwhile = error instanceof Problem ? await earlierAnswer<DB, Body>(deps, call) : undefined;
    if (meanwhile === undefined) throw error;
    return meanwhile;
  }
}

async function earlierAnswer<DB extends ChassisTables, Body>(
  { transact, repetitionSecret }: RepetitionDeps<DB>,
  call: KeyedCall,
): Promise<Answer<Body> | undefined> {
  const use = keyUseOf(call, repetitionSecret);
  if (use === null) return undefined;
  const [replay] = await transact(({ tx }) => loadReplays(tx, [use]));
  return replayOrRefuse(replay) as Answer<Body> | undefined;
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
