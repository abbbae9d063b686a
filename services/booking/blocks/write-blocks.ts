/** Writing blocks with the units they take, behind the calendar's lock. */
import { insertMany } from "@holdfast/chassis/batch-sql";
import { sql, type Transaction } from "kysely";
import type { BlockRow, BookingTables } from "../database.ts";

/** A block to be, with the units it takes. */
export interface NewBlock {
  readonly row: BlockRow;
  readonly units: readonly number[];
}

/** Writes the blocks and takes their time, one statement a table. */
export async function writeBlocks(
  tx: Transaction<BookingTables>,
  blocks: readonly NewBlock[],
): Promise<void> {
  await insertMany(
    tx,
    "blocks",
    blocks.map(({ row }) => row),
  );
  const allocations = blocks.flatMap(({ row, units }) =>
    units.map((unit) => ({
      booking_id: null,
      block_id: row.block_id,
      unit,
      calendar_id: row.calendar_id,
      during: `[${row.starts_at},${row.ends_at})`,
    })),
  );
  await insertMany(tx, "allocations", allocations);
}

/**
 * Lets the blocks of all units take those too that a resource is given now. Whoever calls it has locked the calendar.
 * Where somebody has such a unit already, from a time when the resource had as many, it stays theirs.
 */
export async function extendBlocks(
  tx: Transaction<BookingTables>,
  resource: { readonly resourceId: string; readonly capacity: number },
): Promise<void> {
  await sql`
    insert into allocations (block_id, unit, calendar_id, during)
    select b.block_id, u.unit, b.calendar_id, tstzrange(b.starts_at, b.ends_at)
    from blocks b join calendars c using (calendar_id) cross join generate_series(1, ${resource.capacity}) as u (unit)
    where c.resource_id = ${resource.resourceId} and b.quantity is null
      and not exists (select from allocations a where a.block_id = b.block_id and a.unit = u.unit)
    on conflict do nothing`.execute(tx);
}
