/** Taking in what catalog publishes. A lower version than the one known is an old message and changes nothing. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { resourcePublished, resourceRetired } from "@holdfast/contracts/events/catalog";
import { sql } from "kysely";
import type { BookingTables } from "../database.ts";
import { indexResource, unindexResource } from "../search/index-resource.ts";

/** A published resource becomes bookable under its new rules, and gets its calendar. */
export async function applyPublished(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof resourcePublished>>[],
): Promise<void> {
  for (const { data } of received) {
    await sql`
      insert into resources (resource_id, vendor_id, version, bookable, snapshot)
      values (${data.resourceId}, ${data.vendorId}, ${data.version}, true, ${JSON.stringify(data)})
      on conflict (resource_id) do update
        set vendor_id = excluded.vendor_id, version = excluded.version, bookable = true, snapshot = excluded.snapshot
        where resources.version < excluded.version`.execute(unit.tx);
    // None for a publication that its own retirement overtook: there is nothing to book.
    await sql`
      insert into calendars (resource_id)
      select resource_id from resources where resource_id = ${data.resourceId} and version = ${data.version}
      on conflict (resource_id) do update set version = calendars.version + 1`.execute(unit.tx);
    await indexResource(unit.tx, data);
  }
}

/**
 * A retired resource takes no new bookings. Each type of event is consumed by itself, so a retirement can come before
 * the publication: it leaves its version behind, which the publication then finds to be the higher one.
 */
export async function applyRetired(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof resourceRetired>>[],
): Promise<void> {
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
