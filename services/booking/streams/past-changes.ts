/**
 * Changes read from the ledger of events, which keeps them for seven days.
 * By booking: `outbox_of_subject`, and of what is not published yet the short `outbox_unpublished`.
 */
import { idBefore, timeOfId } from "@holdfast/chassis/id-age";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { inOrder, type Change } from "./change.ts";

/** More than that is not told one by one: the stream begins anew. */
const missedMax = 1_000;
const bookingsMax = 2_000;
/** Unpublished events looked through; with more of them NATS has been down for long. */
const unpublishedMax = 20_000;
/** Transactions at the same time commit in another order than that of their events' ids, and clocks of replicas differ. */
const overlapMs = 2_000;

const columns = sql`id, subject as type, envelope ->> 'subject' as "bookingId",
  envelope -> 'data' ->> 'customerId' as "customerId", (envelope ->> 'aggregateversion')::int as version`;

/** Whose changes: one booking's, or all of a guest's. */
export type Of = { readonly bookingId: Id<"bkg"> } | { readonly customerId: Id<"usr"> };

/** What was missed, each booking's in order, and how far each booking had come by then. */
export interface Missed {
  readonly changes: readonly Change[];
  /** The newest version of each booking that is told of, or was known of before. */
  readonly floors: ReadonlyMap<Id<"bkg">, number>;
  /** The event after which it was missed. */
  readonly last: Change;
}

/** What happened after that event; null where it is not known any more, or too much happened to tell it one by one. */
export async function missedSince(db: Kysely<BookingTables>, lastId: string, of: Of): Promise<Missed | null> {
  const found = await sql<Change>`select ${columns} from outbox where id = ${lastId}`.execute(db);
  const last = found.rows[0];
  if (last === undefined) return null;
  const isTheirs = "bookingId" in of ? last.bookingId === of.bookingId : last.customerId === of.customerId;
  if (!isTheirs) return null;
  const bookingIds = "bookingId" in of ? [of.bookingId] : await bookingsOf(db, of.customerId);
  if (bookingIds.length > bookingsMax) return null;
  const since = idBefore("evt", overlapMs, timeOfId(last.id));
  const changes = await changesOf(db, bookingIds, last, since);
  if (changes.length > missedMax) return null;
  const floors = new Map([[last.bookingId, last.version]]);
  for (const { bookingId, version } of changes) {
    floors.set(bookingId, Math.max(version, floors.get(bookingId) ?? 0));
  }
  return { changes, floors, last };
}

async function bookingsOf(db: Kysely<BookingTables>, customerId: Id<"usr">): Promise<Id<"bkg">[]> {
  const rows = await db
    .selectFrom("bookings")
    .select("booking_id")
    .where("customer_id", "=", customerId)
    .orderBy("booking_id", "desc")
    .limit(bookingsMax + 1)
    .execute();
  return rows.map((row) => row.booking_id);
}

/** Of the last event's own booking exactly what came after it; of others a little more rather than less. */
async function changesOf(
  db: Kysely<BookingTables>,
  bookingIds: readonly Id<"bkg">[],
  last: Change,
  since: Id<"evt">,
): Promise<Change[]> {
  const { rows } = await sql<Change>`
    with told as (
      select ${columns} from outbox
      where (envelope ->> 'subject') collate "C" = any(${bookingIds}) and published_at is not null
      union all
      select ${columns} from (select * from outbox where published_at is null and id > ${since}
        order by id limit ${unpublishedMax}) waiting
      where envelope ->> 'subject' = any(${bookingIds})
    )
    select * from told
    where case when "bookingId" = ${last.bookingId} then (version, id) > (${last.version}, ${last.id})
      else id > ${since} end
    order by id limit ${missedMax + 1}`.execute(db);
  return inOrder(rows);
}

/** The last event of a booking that had come to that version; undefined where the ledger knows none any more. */
export async function lastEventOf(
  db: Kysely<BookingTables>,
  bookingId: Id<"bkg">,
  version: number,
): Promise<Id<"evt"> | undefined> {
  const { rows } = await sql<Pick<Change, "id">>`
    with told as (
      select id, (envelope ->> 'aggregateversion')::int as version from outbox
      where (envelope ->> 'subject') collate "C" = ${bookingId} and published_at is not null
      union all
      select id, (envelope ->> 'aggregateversion')::int from (select * from outbox where published_at is null
        order by id desc limit ${unpublishedMax}) waiting
      where envelope ->> 'subject' = ${bookingId}
    )
    select id from told where version <= ${version} order by told.version desc, id desc limit 1`.execute(db);
  return rows[0]?.id;
}

/** Changes of any of these bookings and guests since an event could have had that id, a page of them. */
export async function changesSince(
  db: Kysely<BookingTables>,
  since: string,
  of: { readonly bookingIds: readonly string[]; readonly customerIds: readonly string[] },
  limit: number,
): Promise<Change[]> {
  const { rows } = await sql<Change>`select ${columns} from outbox
    where id > ${since} and (envelope ->> 'subject' = any(${of.bookingIds})
      or envelope -> 'data' ->> 'customerId' = any(${of.customerIds}))
    order by id limit ${limit}`.execute(db);
  return rows;
}
