/** Feeds as the managers of their resource see them. */
import type { FeedError, FeedView } from "@holdfast/contracts/api/feeds";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { BookingTables } from "../database.ts";

const conflictsShown = 100;

/** The feeds of a resource, oldest first; one of them where `feedId` is given. */
export async function readFeeds(
  db: Kysely<BookingTables>,
  of: { readonly resourceId: Id<"res">; readonly calendarId: number; readonly feedId?: Id<"fed"> },
): Promise<FeedView[]> {
  let query = db
    .selectFrom("feeds")
    .selectAll()
    .select(
      sql<boolean>`coalesce(synced_at + make_interval(mins => stale_after_minutes) <= now(), true)`.as(
        "stale",
      ),
    )
    .where("calendar_id", "=", of.calendarId)
    .orderBy("feed_id")
    .limit(feedsMax);
  if (of.feedId !== undefined) query = query.where("feed_id", "=", of.feedId);
  const text = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString();
  return (await query.execute()).map((row) => ({
    feedId: row.feed_id,
    resourceId: of.resourceId,
    url: row.url,
    staleAfterMinutes: row.stale_after_minutes,
    whenStale: row.when_stale,
    syncedAt: row.synced_at,
    stale: row.stale,
    // Written by this service alone, from this very list.
    lastError: row.last_error as FeedError | null,
    skippedEvents: row.skipped,
    conflicts: row.conflicts
      .slice(0, conflictsShown)
      .map(({ from, to }) => ({ startsAt: text(from), endsAt: text(to) })),
    conflictCount: row.conflicts.length,
    createdAt: row.created_at,
  }));
}

/** Feeds of a resource at most. */
export const feedsMax = 20;
