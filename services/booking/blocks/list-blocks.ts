/** A resource's blocks, for its managers. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { Caller } from "@holdfast/chassis/tokens";
import { type BlockView, listBlocks as endpoint } from "@holdfast/contracts/api/blocks";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { BlockRow, BookingTables } from "../database.ts";
import { managedResource } from "./managed-resource.ts";

/** A page of a resource's blocks, newest first. @throws resourceNotFound */
export async function listBlocks(
  { db }: { readonly db: Kysely<BookingTables> },
  asked: {
    readonly resourceId: Id<"res">;
    readonly by: Caller;
    readonly limit: number;
    readonly after?: string | undefined;
  },
): Promise<{ items: BlockView[]; next: string | null }> {
  const { calendarId } = await managedResource(db, asked.by, {
    resourceId: asked.resourceId,
    permission: endpoint.access,
  });
  let query = db
    .selectFrom("blocks")
    .selectAll()
    .where("calendar_id", "=", calendarId)
    .orderBy("block_id", "desc")
    .limit(asked.limit + 1);
  if (asked.after !== undefined) query = query.where("block_id", "<", readCursor("blk", asked.after));
  const rows = await query.execute();
  const items = rows.slice(0, asked.limit);
  const last = items.at(-1);
  return {
    items: items.map((row) => blockView(row, asked.resourceId)),
    next: rows.length > asked.limit && last ? cursorOf(last.block_id) : null,
  };
}

/** A block as the resource's managers see it. */
export function blockView(row: BlockRow, resourceId: Id<"res">): BlockView {
  return {
    blockId: row.block_id,
    resourceId,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    quantity: row.quantity,
    reason: row.reason,
    feedId: row.feed_id,
    createdAt: row.created_at,
  };
}
