/** The feeds that are to be read now: one replica at a time takes each. */
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely, type Transaction } from "kysely";
import type { BookingTables } from "../database.ts";

/** A feed as it was when it was taken up. */
export interface DueFeed {
  readonly feed_id: Id<"fed">;
  readonly calendar_id: number;
  readonly resource_id: Id<"res">;
  readonly url: string;
  /** Its version: a person may change it while it is being read. */
  readonly version: number;
  readonly resource_version: number;
  readonly etag: string | null;
  readonly last_modified: string | null;
  /** Was it read under these very rules, and lately? Else all of it is wanted again. */
  readonly is_fresh: boolean;
}

/** Far longer than reading takes: a feed whose reader was killed comes up again after it. */
const claimSeconds = 120;
/** Occurrences come within reach as time passes, though the file does not change. */
const freshHours = 12;

/** Takes up to `limit` feeds that are due, the longest due first. */
export async function takeDueFeeds(db: Kysely<BookingTables>, limit: number): Promise<DueFeed[]> {
  const { rows } = await sql<DueFeed>`
    with due as (
      select feed_id from feeds where due_at <= now() order by due_at limit ${limit} for update skip locked)
    update feeds f set due_at = now() + make_interval(secs => ${claimSeconds})
    from due, calendars c, resources r
    where f.feed_id = due.feed_id and c.calendar_id = f.calendar_id and r.resource_id = c.resource_id
    returning f.feed_id, f.calendar_id, c.resource_id, f.url, f.version, r.version as resource_version, f.etag,
      f.last_modified, coalesce(f.read_at > now() - make_interval(hours => ${freshHours})
        and f.read_resource_version = r.version, false) as is_fresh`.execute(db);
  return rows;
}

/** Keeps what the calendar's row says about stale feeds true. Whoever calls it has locked the calendar. */
export async function noteStaleness(tx: Transaction<BookingTables>, calendarId: number): Promise<void> {
  await sql`
    update calendars c set stale_at = s.stale_at
    from (select min(case when synced_at is null then created_at
                     else synced_at + make_interval(mins => stale_after_minutes) end) as stale_at
          from feeds where calendar_id = ${calendarId} and when_stale = 'close') s
    where c.calendar_id = ${calendarId} and c.stale_at is distinct from s.stale_at`.execute(tx);
}
