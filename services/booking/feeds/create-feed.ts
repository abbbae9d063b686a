/** A vendor names a calendar it keeps elsewhere; it is read at once, but not waited for. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { createFeed as endpoint, type FeedRequest, type FeedView } from "@holdfast/contracts/api/feeds";
import { newId, type Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import assert from "node:assert";
import { managedResource } from "../blocks/managed-resource.ts";
import { lockCalendars } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { feedAddressNotAllowed, tooManyFeeds } from "../problems.ts";
import { noteStaleness } from "./due-feeds.ts";
import { feedsMax, readFeeds } from "./feed-view.ts";
import { isAllowedFeedUrl } from "./fetch-feed.ts";
import type { AddressRules } from "./public-address.ts";

export interface FeedDeps {
  readonly feedSettings: { readonly addresses: AddressRules };
  /** Has what is due read, without waiting for it. */
  readonly readFeedsNow: () => void;
}

/** @throws resourceNotFound, feedAddressNotAllowed, tooManyFeeds */
export async function createFeed(
  { feedSettings, readFeedsNow }: FeedDeps,
  unit: UnitOfWork<BookingTables>,
  asked: { readonly resourceId: Id<"res">; readonly by: Caller; readonly feed: FeedRequest },
): Promise<FeedView> {
  const { tx } = unit;
  const { url, staleAfterMinutes, whenStale } = asked.feed;
  const { resourceId } = asked;
  const { calendarId } = await managedResource(tx, asked.by, {
    resourceId: resourceId,
    permission: endpoint.access,
  });
  requireAllowed(url, feedSettings);
  await lockCalendars(tx, [resourceId]);
  if ((await readFeeds(tx, { resourceId, calendarId })).length >= feedsMax) throw tooManyFeeds();
  const feedId = newId("fed");
  await tx
    .insertInto("feeds")
    .values({
      feed_id: feedId,
      calendar_id: calendarId,
      url,
      stale_after_minutes: staleAfterMinutes,
      when_stale: whenStale,
      due_at: sql`now()`,
      created_at: sql`now()`,
      created_by: asked.by.userId,
    })
    .execute();
  await noteStaleness(tx, calendarId);
  unit.afterCommit(readFeedsNow);
  const [view] = await readFeeds(tx, { resourceId, calendarId, feedId });
  assert(view, "it was written just now");
  return view;
}

/** @throws feedAddressNotAllowed, naming the field */
export function requireAllowed(url: string, settings: FeedDeps["feedSettings"]): void {
  if (isAllowedFeedUrl(url, settings.addresses)) return;
  const message = "must be an https URL of a public host";
  throw feedAddressNotAllowed(undefined, { errors: [{ field: "url", message }] });
}
