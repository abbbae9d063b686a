/** Runs as the database has them: begun, claimed by one worker at a time, led on with each page, and finished. */
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { RunView } from "@holdfast/contracts/api/reconciliation";
import { type Id, newId } from "@holdfast/contracts/ids";
import { type Kysely, type Selectable, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Phase } from "./phases.ts";
import type { RunTable } from "./reconciliation-tables.ts";

type Unit = Pick<UnitOfWork<PaymentTables>, "tx">;

export type Run = Selectable<RunTable>;

const nothing: RunView["compared"] = {
  pages: 0,
  intents: 0,
  refunds: 0,
  disputes: 0,
  transfers: 0,
  charges: 0,
  bookings: 0,
};

export async function insertRun(
  tx: Kysely<PaymentTables>,
  of: { readonly cause: Run["cause"]; readonly days: number; readonly now: Temporal.Instant },
): Promise<Run> {
  const { cause, days, now } = of;
  return tx
    .insertInto("reconciliation_runs")
    .values({
      id: newId("rcn"),
      cause,
      state: "waiting",
      since: now.subtract({ hours: 24 * days }).toString(),
      phase: "intents",
      compared: JSON.stringify(nothing),
      created_at: now.toString(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Who works on runs, and how long they may say nothing before they are taken for dead. */
export interface Worker {
  readonly worker: string;
  readonly leaseMs: number;
}

/** The oldest that is not finished, if nobody else works on it, or waits with it. */
export async function claimRun(
  transact: Transact<PaymentTables>,
  { worker, leaseMs }: Worker,
): Promise<Run | null> {
  return transact(async ({ tx }) => {
    const { rows } = await sql<Run>`
      update reconciliation_runs set state = 'running', worker = ${worker}, leased_until = ${leaseEnd(leaseMs)}
      where id = (
        select id from reconciliation_runs where state in ('waiting', 'running') order by id limit 1 for update
      ) and leased_until <= now()
      returning *`.execute(tx);
    return rows[0] ?? null;
  });
}

const leaseEnd = (ms: number) => sql<string>`now() + ${`${ms} milliseconds`}::interval`;

/** Somebody else works on the run by now: what was found belongs to nobody, and nothing of it is written. */
export class LeaseLost extends Error {}

export interface Progress {
  readonly phase: Phase;
  readonly cursor: string | null;
  readonly compared: RunView["compared"];
  readonly opened: number;
  readonly closed: number;
  readonly leaseMs: number;
}

/**
 * Leads the run on in the transaction that writes what its page came to: whoever takes over goes on behind it.
 * @throws LeaseLost
 */
export async function advanceRun(
  { tx }: Unit,
  { id, worker }: Run,
  { phase, cursor, compared, opened, closed, leaseMs }: Progress,
): Promise<Run> {
  const run = await tx
    .updateTable("reconciliation_runs")
    .set({ phase, cursor, compared: JSON.stringify(compared), opened, closed })
    .set({ failures: 0, leased_until: leaseEnd(leaseMs) })
    .where("id", "=", id)
    .where("worker", "=", worker)
    .returningAll()
    .executeTakeFirst();
  if (run === undefined) throw new LeaseLost("the run is somebody else's");
  return run;
}

/** Puts the run down; whoever comes after `waitMs` goes on with it. */
export async function putDownRun(
  db: Kysely<PaymentTables>,
  { id, worker }: Run,
  waitMs: number,
  failures = 0,
): Promise<void> {
  await db
    .updateTable("reconciliation_runs")
    .set({ worker: null, leased_until: leaseEnd(waitMs), failures })
    .where("id", "=", id)
    .where("worker", "=", worker)
    .execute();
}

export async function finishRun(
  db: Kysely<PaymentTables>,
  { id, worker }: Run,
  failure: string | null,
  nowAt: string,
): Promise<void> {
  await db.deleteFrom("reconciliation_seen").where("run_id", "=", id).execute();
  await db
    .updateTable("reconciliation_runs")
    .set({ state: failure === null ? "finished" : "failed", failure, finished_at: nowAt, worker: null })
    .where("id", "=", id)
    .where("worker", "=", worker)
    .execute();
}

/** Notes what of ours was met in the provider's books. */
export async function noteSeen({ tx }: Unit, { id }: Run, subjects: readonly string[]): Promise<void> {
  if (subjects.length === 0) return;
  await sql`insert into reconciliation_seen (run_id, subject) select ${id}, unnest(${subjects}::text[])
    on conflict do nothing`.execute(tx);
}

/** Which of these were met. */
export async function seenAmong(
  { tx }: Unit,
  { id }: { readonly id: Id<"rcn"> },
  subjects: readonly string[],
): Promise<Set<string>> {
  if (subjects.length === 0) return new Set();
  const rows = await tx
    .selectFrom("reconciliation_seen")
    .select("subject")
    .where("run_id", "=", id)
    .where(sql<boolean>`subject = any(${subjects})`)
    .execute();
  return new Set(rows.map(({ subject }) => subject));
}
