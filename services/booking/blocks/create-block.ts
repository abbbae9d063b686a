/** A vendor takes units of its resource out for a time; nothing that lies there is moved or cancelled for it. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type BlockRequest, type BlockView, createBlock as endpoint } from "@holdfast/contracts/api/blocks";
import { newId, type Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import assert from "node:assert";
import {
  loadAllocations,
  lockCalendars,
  noteChange,
  rangeLiteral,
  type CalendarStretch,
} from "../calendar/calendars.ts";
import { dealCalendarAnew } from "../calendar/deal-units.ts";
import { pickUnits } from "../calendar/free-units.ts";
import type { BlockRow, BookingTables } from "../database.ts";
import { blockConflicts } from "../problems.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { blockView } from "./list-blocks.ts";
import { managedResource } from "./managed-resource.ts";
import { writeBlocks } from "./write-blocks.ts";

export interface CreateBlockDeps {
  readonly clock: Clock;
  readonly resources: ResourceCache;
}

/**
 * Takes the units where enough are free at every moment; which ones is dealt anew where labels alone stand in the way.
 * A block of all units tolerates nothing beside it: what it found there would be free again one day.
 * @throws resourceNotFound, blockConflicts
 */
export async function createBlock(
  deps: CreateBlockDeps,
  unit: UnitOfWork<BookingTables>,
  asked: { readonly resourceId: Id<"res">; readonly by: Caller; readonly block: BlockRequest },
): Promise<BlockView> {
  const { tx } = unit;
  const { startsAt, endsAt, quantity, reason } = asked.block;
  const { calendarId } = await managedResource(tx, asked.by, {
    resourceId: asked.resourceId,
    permission: endpoint.access,
  });
  const calendars = await lockCalendars(tx, [asked.resourceId]);
  const resource = (await deps.resources.load(tx, calendars)).get(asked.resourceId);
  assert(resource, "a resource with a vendor was published");
  const stretch = { calendarId, from: Date.parse(startsAt), to: Date.parse(endsAt) };
  const units = await findUnits(tx, stretch, { capacity: resource.snapshot.rules.capacity, quantity });
  if (!units) throw await conflictsIn(tx, stretch);
  const row: BlockRow = {
    block_id: newId("blk"),
    calendar_id: calendarId,
    feed_id: null,
    starts_at: startsAt,
    ends_at: endsAt,
    quantity: quantity ?? null,
    reason,
    created_by: asked.by.userId,
    created_at: deps.clock.now().round("millisecond").toString(),
  };
  await writeBlocks(tx, [{ row, units }]);
  await noteChange(tx, [calendarId]);
  return blockView(row, asked.resourceId);
}

async function findUnits(
  tx: Transaction<BookingTables>,
  stretch: CalendarStretch,
  { capacity, quantity }: { readonly capacity: number; readonly quantity: number | undefined },
): Promise<number[] | undefined> {
  const taken = (await loadAllocations(tx, [stretch])).get(stretch.calendarId) ?? [];
  if (quantity === undefined)
    return taken.length > 0 ? undefined : Array.from({ length: capacity }, (_, index) => index + 1);
  const inOnePiece = pickUnits(taken, capacity, stretch, quantity);
  if (inOnePiece) return inOnePiece;
  const dealt = await dealCalendarAnew(tx, stretch.calendarId, {
    capacity,
    wanted: [{ from: stretch.from, to: stretch.to, quantity }],
  });
  return dealt?.units[0]?.slice();
}

/** More conflicts help nobody. */
const conflictsShown = 100;

/** The refusal, naming what lies in the time: bookings and other blocks, earliest first. */
async function conflictsIn(tx: Transaction<BookingTables>, stretch: CalendarStretch) {
  const { rows } = await sql<{
    bookingId: string | null;
    blockId: string | null;
    startsAt: string;
    endsAt: string;
    units: number;
  }>`
    select booking_id as "bookingId", block_id as "blockId", lower(during) as "startsAt", upper(during) as "endsAt",
      count(*) as units
    from allocations
    where calendar_id = ${stretch.calendarId} and during && ${rangeLiteral(stretch)}::tstzrange
    group by booking_id, block_id, during
    order by lower(during), booking_id, block_id limit ${conflictsShown}`.execute(tx);
  const conflicts = rows.map(({ bookingId, blockId, ...rest }) => ({
    ...(bookingId === null ? undefined : { bookingId }),
    ...(blockId === null ? undefined : { blockId }),
    ...rest,
  }));
  return blockConflicts(undefined, { extra: { conflicts } });
}
