/** A feed gets another address or another rule for when it is stale; either way it is read again at once. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { changeFeed as endpoint, type FeedChange, type FeedView } from "@holdfast/contracts/api/feeds";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { managedResource } from "../blocks/managed-resource.ts";
import { lockCalendars } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { feedNotFound } from "../problems.ts";
import { requireAllowed, type FeedDeps } from "./create-feed.ts";
import { noteStaleness } from "./due-feeds.ts";
import { readFeeds } from "./feed-view.ts";

/**
 * Times taken under the old address stay until the new one was read.
 * @throws resourceNotFound, feedNotFound, feedAddressNotAllowed
 */
export async function changeFeed(
  { feedSettings, readFeedsNow }: FeedDeps,
  unit: UnitOfWork<BookingTables>,
  asked: {
    readonly resourceId: Id<"res">;
    readonly feedId: Id<"fed">;
    readonly by: Caller;
    readonly change: FeedChange;
  },
): Promise<FeedView> {
  const { tx } = unit;
  const { resourceId, feedId } = asked;
  const { url, staleAfterMinutes, whenStale } = asked.change;
  const { calendarId } = await managedResource(tx, asked.by, {
    resourceId: resourceId,
    permission: endpoint.access,
  });
  if (url !== undefined) requireAllowed(url, feedSettings);
  await lockCalendars(tx, [resourceId]);
  await tx
    .updateTable("feeds")
    .set({
      ...(staleAfterMinutes === undefined ? undefined : { stale_after_minutes: staleAfterMinutes }),
      ...(whenStale === undefined ? undefined : { when_stale: whenStale }),
      // The whole file is wanted, whoever sends it.
      ...(url === undefined ? undefined : { url, read_at: null }),
      version: sql<number>`version + 1`,
      failures: 0,
      due_at: sql<string>`now()`,
    })
    .where("feed_id", "=", feedId)
    .where("calendar_id", "=", calendarId)
    .execute();
  await noteStaleness(tx, calendarId);
  unit.afterCommit(readFeedsNow);
  const [view] = await readFeeds(tx, { resourceId, calendarId, feedId });
  if (!view) throw feedNotFound();
  return view;
}
