/** Taking in what catalog publishes. A lower version than the one known is an old message and changes nothing. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { resourcePublished, resourceRetired } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import { extendBlocks } from "../blocks/write-blocks.ts";
import type { BookingTables } from "../database.ts";
import { indexResource, unindexResource } from "../search/index-resource.ts";
import { offerFreed, type OfferDeps } from "../waitlist/offer-freed.ts";

/** A published resource becomes bookable under its new rules, and gets its calendar. */
export async function applyPublished(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof resourcePublished>>[],
): Promise<void> {
  const takesBookings = await lockVendors(
    unit.tx,
    received.map(({ data }) => data.vendorId),
  );
  await holdCalendars(
    unit.tx,
    received.map(({ data }) => data.resourceId),
  );
  for (const { data } of received) {
    const suspended = takesBookings.get(data.vendorId) === false;
    await sql`
      insert into resources (resource_id, vendor_id, version, bookable, snapshot, vendor_suspended)
      values (${data.resourceId}, ${data.vendorId}, ${data.version}, true, ${JSON.stringify(data)}, ${suspended})
      on conflict (resource_id) do update
        set vendor_id = excluded.vendor_id, version = excluded.version, bookable = true, snapshot = excluded.snapshot,
          vendor_suspended = excluded.vendor_suspended
        where resources.version < excluded.version`.execute(unit.tx);
    // None for a publication that its own retirement overtook: there is nothing to book.
    await sql`
      insert into calendars (resource_id)
      select resource_id from resources where resource_id = ${data.resourceId} and version = ${data.version}
      on conflict (resource_id) do update set version = calendars.version + 1`.execute(unit.tx);
    await extendBlocks(unit.tx, { resourceId: data.resourceId, capacity: data.rules.capacity });
    await indexResource(unit.tx, data);
  }
}

/** As `applyPublished`; what a larger capacity or other rules leave free is offered to whoever waits for it. */
export function publishAndOffer(deps: OfferDeps) {
  return async (
    unit: UnitOfWork<BookingTables>,
    received: readonly Received<EventData<typeof resourcePublished>>[],
  ): Promise<void> => {
    await applyPublished(unit, received);
    const calendars = await unit.tx
      .selectFrom("calendars")
      .select("calendar_id")
      .where(sql<boolean>`resource_id = any(${received.map(({ data }) => data.resourceId)})`)
      .execute();
    await offerFreed(
      deps,
      unit,
      calendars.map((one) => one.calendar_id),
    );
  };
}

/**
 * A retired resource takes no new bookings. Each type of event is consumed by itself, so a retirement can come before
 * the publication: it leaves its version behind, which the publication then finds to be the higher one.
 */
export async function applyRetired(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof resourceRetired>>[],
): Promise<void> {
  await holdCalendars(
    unit.tx,
    received.map(({ data }) => data.resourceId),
  );
  for (const { data } of received) {
    await sql`
      insert into resources (resource_id, version, bookable) values (${data.resourceId}, ${data.version}, false)
      on conflict (resource_id) do update set version = excluded.version, bookable = false
        where resources.version < excluded.version`.execute(unit.tx);
    await sql`update calendars set version = version + 1 where resource_id = ${data.resourceId}`.execute(
      unit.tx,
    );
    await unindexResource(unit.tx, data.resourceId);
  }
}

/**
 * Locks the vendors, in the order of their ids, and says which of them take bookings: what a suspension changes at the
 * same time is seen, or waits. A vendor that nobody spoke of takes bookings, for its resource was published.
 */
async function lockVendors(
  tx: Transaction<BookingTables>,
  vendorIds: readonly Id<"vnd">[],
): Promise<Map<Id<"vnd">, boolean>> {
  const sorted = [...new Set(vendorIds)].toSorted();
  const { rows } = await sql<{ vendor_id: Id<"vnd">; takes_bookings: boolean }>`
    insert into vendors (vendor_id, version, takes_bookings)
    select vendor_id, 0, true from unnest(${sorted}::text[]) as named (vendor_id)
    on conflict (vendor_id) do update set version = vendors.version
    returning vendor_id, takes_bookings`.execute(tx);
  return new Map(rows.map((row) => [row.vendor_id, row.takes_bookings]));
}

/** Locks the calendars there are, in the order of their ids: everybody locks a calendar before its resource. */
async function holdCalendars(
  tx: Transaction<BookingTables>,
  resourceIds: readonly Id<"res">[],
): Promise<void> {
  await sql`
    select from calendars where resource_id = any(${resourceIds}) order by calendar_id for update`.execute(
    tx,
  );
}
