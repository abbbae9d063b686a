/** Looks after the waiting lists: ends what has lapsed, and offers what became free without anybody being told. */
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { sql, type Kysely, type Selectable } from "kysely";
import type { BookingTables, WaitlistTable } from "../database.ts";
import { offerTo, type OfferDeps } from "./offer-freed.ts";

const lapsedMost = 2_000;
/** Entries offered what is free in one transaction. */
const pieceMost = 200;

/**
 * Walks those who wait a bounded piece a call; a call says whether the walk goes on, and the one after its end starts
 * anew. It finds what a larger capacity, new opening hours or a very long line left behind.
 */
export function createWaitlistSweep(
  deps: OfferDeps & { readonly db: Kysely<BookingTables>; readonly transact: Transact<BookingTables> },
): () => Promise<boolean> {
  let after = "";
  return async () => {
    const lapsed = await endLapsed(deps);
    const { rows } = await sql<Selectable<WaitlistTable>>`
      select * from waitlist where entry_id > ${after} and state = 'waiting'
      order by entry_id limit ${pieceMost}`.execute(deps.db);
    if (rows.length > 0)
      await deps.transact(async (unit) => offerTo(deps, unit, await lockWaiting(unit.tx, rows)));
    after = rows.length === pieceMost ? rows.at(-1)!.entry_id : "";
    return lapsed || after !== "";
  };
}

/** Whoever still waits of these, behind the locks of their calendars, in the order of their places. */
async function lockWaiting(
  tx: Kysely<BookingTables>,
  entries: readonly Selectable<WaitlistTable>[],
): Promise<Selectable<WaitlistTable>[]> {
  const calendarIds = [...new Set(entries.map((entry) => entry.calendar_id))];
  await sql`select from calendars where calendar_id = any(${calendarIds}) order by calendar_id for update`.execute(
    tx,
  );
  const ids = entries.map((entry) => entry.entry_id);
  const { rows } = await sql<Selectable<WaitlistTable>>`
    select * from waitlist where entry_id = any(${ids}) order by entry_id`.execute(tx);
  return rows.filter((entry) => entry.state === "waiting");
}

/** Whose time has begun waits for nothing any more; says whether there may be more of them. */
async function endLapsed({
  db,
  clock,
}: OfferDeps & { readonly db: Kysely<BookingTables> }): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update waitlist set state = 'lapsed' where state = 'waiting' and entry_id in (
      select entry_id from waitlist where state = 'waiting' and starts_at <= ${clock.now().toString()}
      limit ${lapsedMost} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n) === lapsedMost;
}
