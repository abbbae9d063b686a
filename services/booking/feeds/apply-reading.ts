/** A feed's blocks become what was read of it, in one transaction; what did not change is not touched. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import { sql, type Transaction } from "kysely";
import { lockCalendars, noteChange } from "../calendar/calendars.ts";
import type { BookingTables, FeedRow } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { offerFreed } from "../waitlist/offer-freed.ts";
import { noteStaleness, type DueFeed } from "./due-feeds.ts";
import type { BusyTime, BusyTimes } from "./read-busy-times.ts";
import { reconcile, type FeedBlock } from "./reconcile.ts";
import { takeBusyTimes } from "./take-busy-times.ts";

export interface ApplyDeps {
  readonly transact: Transact<BookingTables>;
  readonly clock: Clock;
  readonly resources: ResourceCache;
  readonly feedSettings: {
    /** From one sync of a feed to the next, in seconds. */
    readonly intervalSeconds: number;
  };
}

/** What came of reading a feed. */
export type Reading =
  | {
      readonly kind: "read";
      readonly busy: BusyTimes;
      readonly etag: string | null;
      readonly lastModified: string | null;
    }
  /** As it was: only what found no unit then is tried again. */
  | { readonly kind: "unchanged" };

/** Blocks of one feed at most: those it may have, twice, should all of them change. */
const blocksMax = 10_000;

/** Does nothing where the feed was changed or deleted while it was read. */
export async function applyReading(deps: ApplyDeps, due: DueFeed, reading: Reading): Promise<void> {
  await deps.transact(async (unit) => {
    const { tx } = unit;
    const calendarId = due.calendar_id;
    const calendars = await lockCalendars(tx, [due.resource_id]);
    const feed = await currentFeed(tx, due);
    const rules = (await deps.resources.load(tx, calendars)).get(due.resource_id)?.snapshot.rules;
    if (!feed || !rules) return;
    const { added, removed } = await changesOf(tx, feed, reading, deps.clock.now());
    await tx
      .deleteFrom("blocks")
      .where(sql<boolean>`block_id = any(${removed.map((block) => block.block_id)})`)
      .execute();
    const takenFor = { feedId: feed.feed_id, calendarId, capacity: rules.capacity };
    const conflicts = await takeBusyTimes(tx, deps, takenFor, added);
    await noteSync(tx, due, { reading, conflicts, intervalSeconds: deps.feedSettings.intervalSeconds });
    await noteStaleness(tx, calendarId);
    if (removed.length + added.length > conflicts.length) await noteChange(tx, [calendarId]);
    // A feed that closed the calendar until it was read again opens it now.
    const wasClosed = calendars.some((calendar) => !calendar.bookable);
    if (removed.length > 0 || wasClosed) await offerFreed(deps, unit, [calendarId]);
  });
}

async function currentFeed(
  tx: Transaction<BookingTables>,
  due: DueFeed,
): Promise<(Pick<FeedRow, "feed_id"> & { readonly conflicts: readonly BusyTime[] }) | undefined> {
  return tx
    .selectFrom("feeds")
    .select(["feed_id", "conflicts"])
    .where("feed_id", "=", due.feed_id)
    .where("version", "=", due.version)
    .forUpdate()
    .executeTakeFirst();
}

/** Times that are over are left as they are: they are in nobody's way, and are forgotten with the rest of the past. */
async function changesOf(
  tx: Transaction<BookingTables>,
  feed: { readonly feed_id: FeedRow["feed_id"]; readonly conflicts: readonly BusyTime[] },
  reading: Reading,
  now: Temporal.Instant,
): Promise<{ readonly added: readonly BusyTime[]; readonly removed: readonly FeedBlock[] }> {
  if (reading.kind === "unchanged")
    return { added: feed.conflicts.filter((one) => one.to > now.epochMilliseconds), removed: [] };
  const present = await tx
    .selectFrom("blocks")
    .select(["block_id", "starts_at", "ends_at"])
    .where("feed_id", "=", feed.feed_id)
    .where("ends_at", ">", now.toString())
    .limit(blocksMax)
    .execute();
  return reconcile(reading.busy.times, present);
}

async function noteSync(
  tx: Transaction<BookingTables>,
  due: DueFeed,
  of: {
    readonly reading: Reading;
    readonly conflicts: readonly BusyTime[];
    readonly intervalSeconds: number;
  },
): Promise<void> {
  const { reading } = of;
  const read =
    reading.kind === "read"
      ? {
          etag: reading.etag,
          last_modified: reading.lastModified,
          read_at: sql<string>`now()`,
          read_resource_version: due.resource_version,
          skipped: reading.busy.skipped,
        }
      : {};
  const isCut =
    reading.kind === "read"
      ? sql<boolean>`${reading.busy.cut}::boolean`
      : sql<boolean>`last_error = 'too-many-times'`;
  await tx
    .updateTable("feeds")
    .set({
      ...read,
      last_error: sql<string | null>`case when ${isCut} then 'too-many-times' end`,
      conflicts: sql<readonly BusyTime[]>`${JSON.stringify(of.conflicts)}::json`,
      failures: 0,
      synced_at: sql<string>`now()`,
      due_at: sql<string>`now() + ${of.intervalSeconds} * interval '1 second'`,
    })
    .where("feed_id", "=", due.feed_id)
    .execute();
}
