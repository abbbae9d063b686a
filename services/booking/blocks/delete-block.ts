/** A block is taken back: its time is free at once, and offered to whoever waits for it. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { deleteBlock as endpoint } from "@holdfast/contracts/api/blocks";
import type { Id } from "@holdfast/contracts/ids";
import { lockCalendars, noteChange } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { blockNotFound, blockOfFeed } from "../problems.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { offerFreed } from "../waitlist/offer-freed.ts";
import { managedResource } from "./managed-resource.ts";

/** @throws resourceNotFound, blockNotFound, blockOfFeed (it would come back at the next sync) */
export async function deleteBlock(
  deps: { readonly clock: Clock; readonly resources: ResourceCache },
  unit: UnitOfWork<BookingTables>,
  asked: { readonly resourceId: Id<"res">; readonly blockId: Id<"blk">; readonly by: Caller },
): Promise<void> {
  const { tx } = unit;
  const { calendarId } = await managedResource(tx, asked.by, {
    resourceId: asked.resourceId,
    permission: endpoint.access,
  });
  await lockCalendars(tx, [asked.resourceId]);
  const block = await tx
    .selectFrom("blocks")
    .select("feed_id")
    .where("block_id", "=", asked.blockId)
    .where("calendar_id", "=", calendarId)
    .executeTakeFirst();
  if (!block) throw blockNotFound();
  if (block.feed_id) throw blockOfFeed();
  await tx.deleteFrom("blocks").where("block_id", "=", asked.blockId).execute();
  await noteChange(tx, [calendarId]);
  await offerFreed(deps, unit, [calendarId]);
}
