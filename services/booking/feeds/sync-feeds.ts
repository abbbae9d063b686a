/** Reads the calendars that vendors keep elsewhere, and takes the times in which they are busy. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Logger } from "@holdfast/chassis/log";
import type { FeedError } from "@holdfast/contracts/api/feeds";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { sql, type Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import { applyReading, type ApplyDeps, type Reading } from "./apply-reading.ts";
import { takeDueFeeds, type DueFeed } from "./due-feeds.ts";
import { fetchFeed, type FetchFeedOptions } from "./fetch-feed.ts";
import type { AddressRules } from "./public-address.ts";
import { readBusyTimesApart } from "./read-apart.ts";
import type { ReadingFor } from "./read-busy-times.ts";

export interface SyncDeps extends ApplyDeps {
  readonly db: Kysely<BookingTables>;
  readonly log: Logger;
  readonly feedSettings: FeedSettings;
}

export interface FeedSettings {
  readonly addresses: AddressRules;
  /** From one sync of a feed to the next, in seconds. */
  readonly intervalSeconds: number;
  readonly resolve?: NonNullable<FetchFeedOptions["resolve"]>;
}

const atOnce = 4;
const fetchTimeoutMs = 10_000;
const readTimeoutMs = 5_000;
const dayMs = 86_400_000;
/** Until a file is asked for whole again, its recurring events must reach so much further than can be booked. */
const reachMarginMs = 2 * dayMs;
const failurePauseSeconds = 60;

/** Reads a bounded number of due feeds; says whether more are due. */
export async function syncDueFeeds(deps: SyncDeps, signal: AbortSignal): Promise<boolean> {
  const feeds = await takeDueFeeds(deps.db, atOnce);
  const done = await Promise.allSettled(feeds.map((feed) => syncFeed(deps, feed, signal)));
  for (const [index, one] of done.entries()) {
    // Its address is a secret; its id says as much.
    if (one.status === "rejected")
      deps.log.warn(
        { err: one.reason as unknown, feed: feeds[index]!.feed_id },
        "a feed could not be synced",
      );
  }
  return feeds.length === atOnce;
}

async function syncFeed(deps: SyncDeps, feed: DueFeed, signal: AbortSignal): Promise<void> {
  const version = { resource_id: feed.resource_id, version: feed.resource_version };
  const resource = (await deps.resources.load(deps.db, [version])).get(feed.resource_id);
  if (!resource) return;
  const reading = await read(deps, feed, resource.snapshot.rules, signal);
  if (signal.aborted) return;
  if (reading.kind === "failed") await noteFailure(deps, feed, reading.error);
  else await applyReading(deps, feed, reading);
}

async function read(
  { clock, feedSettings }: SyncDeps,
  feed: DueFeed,
  rules: ResourceRules,
  signal: AbortSignal,
): Promise<Reading | { readonly kind: "failed"; readonly error: FeedError }> {
  const last = feed.is_fresh
    ? { etag: feed.etag, lastModified: feed.last_modified }
    : { etag: null, lastModified: null };
  const options = { ...feedSettings, signal, timeoutMs: fetchTimeoutMs };
  const fetched = await fetchFeed(feed.url, last, options);
  if (fetched.kind !== "changed") return fetched;
  const busy = await readBusyTimesApart(fetched.text, readingFor(rules, clock), { timeoutMs: readTimeoutMs });
  if (typeof busy === "string") return { kind: "failed", error: busy };
  return { kind: "read", busy, etag: fetched.etag, lastModified: fetched.lastModified };
}

function readingFor({ zone, availability, windowDays }: ResourceRules, clock: Clock): ReadingFor {
  const from = clock.now().epochMilliseconds;
  const nights =
    availability.by === "nights" ? { checkIn: availability.checkIn, checkOut: availability.checkOut } : null;
  // The longest stay that begins on the last bookable day ends later still.
  const longest =
    availability.by === "nights" ? availability.maximumNights : availability.maximumMinutes / 1440;
  return { zone, nights, from, to: from + (windowDays + Math.ceil(longest)) * dayMs + reachMarginMs };
}

/** What was taken stays: that the other side cannot be read says nothing about when it is busy. */
async function noteFailure(deps: SyncDeps, feed: DueFeed, error: FeedError): Promise<void> {
  const { intervalSeconds } = deps.feedSettings;
  await sql`
    update feeds set failures = failures + 1, last_error = ${error},
      due_at = now() + least(${intervalSeconds}, ${failurePauseSeconds} * power(2, least(failures, 10)))
        * interval '1 second'
    where feed_id = ${feed.feed_id} and version = ${feed.version}`.execute(deps.db);
}
