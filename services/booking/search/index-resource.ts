/** What search finds resources by, kept with the resources themselves: written in the transaction that publishes them. */
import { resourceSnapshot, type ResourceSnapshot } from "@holdfast/contracts/resource-snapshot";
import { sql, type Kysely, type Transaction } from "kysely";
import type { BookingTables } from "../database.ts";
import { documentOf } from "./search-words.ts";
import { shownOf } from "./shown-resource.ts";

/**
 * Makes this version of a resource what search finds, where it is the version the resource has and takes bookings: a
 * message that was overtaken changes nothing.
 */
export async function indexResource(
  tx: Transaction<BookingTables>,
  snapshot: ResourceSnapshot,
): Promise<void> {
  const { resourceId, version, vendorId, rules } = snapshot;
  const at = rules.location;
  const location = at ? `(${at.longitude},${at.latitude})` : null;
  await sql`
    insert into resource_search (resource_id, calendar_id, version, vendor_id, kind, words, attributes, location,
      price_minor, currency, capacity, people_per_unit, shown)
    select r.resource_id, c.calendar_id, r.version, ${vendorId}, ${rules.kind}, ${documentOf(rules)}::tsvector,
      ${JSON.stringify(rules.attributes)}::jsonb, ${location}::point, ${rules.price.amountMinor}::bigint,
      ${rules.price.currency}, ${rules.capacity}::integer, ${rules.peoplePerUnit}::integer,
      ${JSON.stringify(shownOf(snapshot))}::json
    from resources r join calendars c using (resource_id)
    where r.resource_id = ${resourceId} and r.version = ${version}::integer and r.bookable
    on conflict (resource_id) do update set calendar_id = excluded.calendar_id, version = excluded.version,
      vendor_id = excluded.vendor_id, kind = excluded.kind, words = excluded.words, attributes = excluded.attributes,
      location = excluded.location, price_minor = excluded.price_minor, currency = excluded.currency,
      capacity = excluded.capacity, people_per_unit = excluded.people_per_unit,
      shown = excluded.shown`.execute(tx);
}

/** A resource that takes no bookings any more is not found. */
export async function unindexResource(tx: Transaction<BookingTables>, resourceId: string): Promise<void> {
  await sql`
    delete from resource_search s using resources r
    where s.resource_id = ${resourceId} and r.resource_id = s.resource_id and not r.bookable`.execute(tx);
}

/** Resources looked at a call. */
const resourcesMax = 500;

/**
 * Walks the resources, a bounded number a call, and indexes each whose version search does not have: published before
 * there was search, or by a replica of an earlier release while this one was being rolled out. A call says whether the
 * walk goes on.
 */
export function createMissingIndexer({ db }: { readonly db: Kysely<BookingTables> }): () => Promise<boolean> {
  let after = "";
  return async () => {
    const { rows } = await sql<{ resource_id: string; missing: boolean }>`
      select r.resource_id,
        r.bookable and not exists (
          select from resource_search s where s.resource_id = r.resource_id and s.version = r.version) as missing
      from resources r where r.resource_id > ${after} order by r.resource_id limit ${resourcesMax}`.execute(
      db,
    );
    for (const { resource_id } of rows.filter((row) => row.missing)) await indexStored(db, resource_id);
    after = rows.length === resourcesMax ? rows.at(-1)!.resource_id : "";
    return after !== "";
  };
}

async function indexStored(db: Kysely<BookingTables>, resourceId: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ snapshot: unknown }>`
      select snapshot from resources where resource_id = ${resourceId} and bookable for share`.execute(tx);
    const [stored] = rows;
    // Stored by an earlier release it may lack what rules got since: parsing fills that in.
    if (stored) await indexResource(tx, resourceSnapshot.parse(stored.snapshot));
  });
}
