/** Deletes what is over of sessions, and erases what old successors were derived with. */
import { revocationKeptMs } from "@holdfast/chassis/revocation-list";
import { sql } from "kysely";
import type { AuthDependencies } from "../dependencies.ts";
import { graceMs } from "./session-lifetimes.ts";

/** Rows one statement touches at most. */
const chunk = 500;

/** Sessions whose tokens one statement deletes at most; each may have thousands. */
const tokensChunk = 50;

/** Statements of one sweep at most; what is left waits for the next. */
const chunksMax = 20;

/** The tokens of a session that is over are kept this long for whoever looks into a complaint. */
const tokensKeptHours = 24;

/** A session that is over is kept this long: its device and network are those its owner is known by. */
const sessionKeptHours = 30 * 24;

/** One bounded sweep, by machine time; safe to run on several replicas at once. */
export async function sweepSessions({ db, clock }: Pick<AuthDependencies, "db" | "clock">): Promise<void> {
  const now = clock.machineNow();
  const tokensBefore = now.subtract({ hours: tokensKeptHours }).toString();
  const sessionsBefore = now.subtract({ hours: sessionKeptHours }).toString();
  const revokedBefore = now.subtract({ milliseconds: revocationKeptMs }).toString();
  // Twice the grace: a replay that has just been decided still reads its salt.
  const saltBefore = now.subtract({ milliseconds: 2 * graceMs }).toString();
  const steps = [
    {
      rows: chunk,
      statement: sql`update refresh_tokens set successor_salt = null where hash in (
          select hash from refresh_tokens where successor_salt is not null and used_at < ${saltBefore}
          limit ${chunk} for update skip locked)`,
    },
    {
      rows: tokensChunk,
      statement: sql`with over as (
          select id from sessions where has_tokens and least(ended_at, idle_expires_at) < ${tokensBefore}
          limit ${tokensChunk} for update skip locked),
        gone as (delete from refresh_tokens using over where session_id = over.id)
        update sessions set has_tokens = false from over where sessions.id = over.id`,
    },
    {
      rows: chunk,
      statement: sql`delete from sessions where id in (
          select id from sessions where idle_expires_at < ${sessionsBefore} limit ${chunk} for update skip locked)`,
    },
    {
      rows: chunk,
      statement: sql`delete from sessions where id in (
          select id from sessions where ended_at < ${sessionsBefore} limit ${chunk} for update skip locked)`,
    },
    {
      rows: chunk,
      statement: sql`delete from revocations where id in (
          select id from revocations where revoked_at < ${revokedBefore} limit ${chunk} for update skip locked)`,
    },
  ];
  for (const { statement, rows } of steps) {
    for (let done = 0; done < chunksMax; done += 1) {
      const { numAffectedRows } = await statement.execute(db);
      if ((numAffectedRows ?? 0n) < rows) break;
    }
  }
}
