/** A resource's busy times as an iCalendar file, for whoever has its address: times, and nothing about anybody. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Answer } from "@holdfast/chassis/endpoint";
import type { RedisClient } from "@holdfast/chassis/redis";
import ical from "ical-generator";
import { sql, type Kysely } from "kysely";
import { createHash } from "node:crypto";
import type { BookingTables } from "../database.ts";
import { calendarNotFound } from "../problems.ts";
import { hashOfToken } from "./link-calendar.ts";

export interface GetCalendarDeps {
  readonly db: Kysely<BookingTables>;
  readonly clock: Clock;
  readonly redis: RedisClient;
}

interface LinkedCalendar {
  readonly calendarId: number;
  readonly version: number;
  readonly withFeeds: boolean;
  readonly tokenHash: string;
  readonly zone: string;
}

/** Readers ask every few minutes at most; ours is never staler than that. */
const maxAgeSeconds = 300;
const cacheSeconds = 3_600;
/** As much as a reader of feeds should have to take in; the earliest. */
const timesMax = 5_000;

/** @throws calendarNotFound */
export async function getCalendar(
  deps: GetCalendarDeps,
  asked: { readonly file: string; readonly ifNoneMatch: string | undefined },
): Promise<Answer<string>> {
  const link = await findLink(deps.db, asked.file.slice(0, -".ics".length));
  if (!link) throw calendarNotFound();
  // The file changes with the calendar, and once a day, when yesterday is left out.
  const today = deps.clock
    .now()
    .round({ smallestUnit: "hour", roundingIncrement: 24, roundingMode: "floor" });
  const state = `${link.tokenHash} ${link.withFeeds} ${link.version} ${link.zone} ${today.toString()}`;
  const tag = createHash("sha256").update(state).digest("base64url");
  const headers = { etag: `"${tag}"`, "cache-control": `private, max-age=${maxAgeSeconds}` };
  if (isKnown(asked.ifNoneMatch, headers.etag)) return { status: 304, body: undefined, headers };
  const key = `calendar-file:${tag}`;
  const cached = await deps.redis.ifUp(async (redis) => redis.get(key), null);
  const text = cached ?? (await composeCalendar(deps.db, link, today));
  if (cached === null) await deps.redis.ifUp(async (redis) => redis.set(key, text, "EX", cacheSeconds), null);
  return { status: undefined, body: text, headers };
}

/** Weak comparison (RFC 9110, section 13.1.2). */
function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  const known = (ifNoneMatch ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return known.includes(tag) || known.includes("*");
}

async function findLink(db: Kysely<BookingTables>, token: string): Promise<LinkedCalendar | undefined> {
  const { rows } = await sql<LinkedCalendar>`
    select l.calendar_id as "calendarId", c.version, l.with_feeds as "withFeeds", l.token_hash as "tokenHash",
      r.snapshot->'rules'->>'zone' as zone
    from calendar_links l join calendars c using (calendar_id) join resources r using (resource_id)
    where l.token_hash = ${hashOfToken(token)}`.execute(db);
  return rows[0];
}

async function composeCalendar(
  db: Kysely<BookingTables>,
  link: LinkedCalendar,
  today: Temporal.Instant,
): Promise<string> {
  const { rows } = await sql<{ owner: string; startsAt: string; endsAt: string; nth: number }>`
    select coalesce(a.booking_id, a.block_id) as owner, lower(a.during) as "startsAt", upper(a.during) as "endsAt",
      row_number() over (partition by a.booking_id, a.block_id order by a.unit, a.during) as nth
    from allocations a
    where a.calendar_id = ${link.calendarId} and a.during && tstzrange(${today.toString()}, null)
      and (${link.withFeeds} or not exists (
        select from blocks b where b.block_id = a.block_id and b.feed_id is not null))
    order by lower(a.during), owner, nth limit ${timesMax}`.execute(db);
  return ical({
    prodId: "//Holdfast//Busy times//EN",
    // For who displays it. The events are in UTC, which is exact in every zone.
    x: { "X-WR-TIMEZONE": link.zone },
    events: rows.map(({ owner, nth, startsAt, endsAt }) => ({
      // The same as long as it is the same, and nothing to find a booking by.
      id: createHash("sha256").update(`${link.tokenHash} ${owner} ${nth}`).digest("hex").slice(0, 32),
      stamp: today,
      start: Temporal.Instant.from(startsAt),
      end: Temporal.Instant.from(endsAt),
      summary: "Busy",
    })),
  }).toString();
}
