/** What has to change so that a feed's blocks are the busy times that it has now: pure. */
import type { BlockRow } from "../database.ts";
import type { BusyTime } from "./read-busy-times.ts";

/** A block that a feed has. */
export type FeedBlock = Pick<BlockRow, "block_id" | "starts_at" | "ends_at">;

/**
 * Times are matched by when they are, as often as each is there: what many calendars give their events as UIDs is new
 * with every export.
 */
export function reconcile(
  wanted: readonly BusyTime[],
  present: readonly FeedBlock[],
): { readonly added: BusyTime[]; readonly removed: FeedBlock[] } {
  const free = Map.groupBy(present, (block) => `${Date.parse(block.starts_at)}/${Date.parse(block.ends_at)}`);
  const added = wanted.filter(({ from, to }) => free.get(`${from}/${to}`)?.pop() === undefined);
  return { added, removed: [...free.values()].flat() };
}
