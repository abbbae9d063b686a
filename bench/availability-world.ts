/** A thousand resources of three trades, and as many allocations on their calendars as one wants, made in SQL. */
import { resourcePublished } from "@holdfast/contracts/events/catalog";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { openEventTap } from "@holdfast/testkit/bus/event-tap";
import type { Platform } from "@holdfast/testkit/platform/start-platform";
import { completeRules, deskRules, roundTheClock } from "@holdfast/testkit/resource-rules";
import { until } from "@holdfast/testkit/until";
import pg from "pg";

/** The days on which time is taken, from tomorrow. */
export const busyDays = 91;
/** Every trade has about this many places for an allocation in that time: 91 days of 20, of 24, and 20 rooms of 91 nights. */
const placesEach = busyDays * 20;
/** A calendar is no fuller than that, so that something is left to be found. */
const fullestShare = 0.9;

const zones = [
  "Europe/Lisbon",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "Asia/Tokyo",
  "Australia/Sydney",
] as const;

const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat"] as const;

const zoneOf = (index: number) => zones[index % zones.length]!;

/** The rules of the resource with that number: a salon's chair, a desk, or twenty rooms of a hotel. */
function rulesOf(index: number): ResourceRules {
  const zone = zoneOf(index);
  const amountMinor = 1000 + (index % 50) * 100;
  const shared = { ...deskRules, zone, title: `Place ${index}` };
  const perHour = { per: "hour" as const, amountMinor, currency: "EUR" };
  if (index % 3 === 0) {
    const hours = [
      { from: "09:00", to: "13:00" },
      { from: "14:00", to: "20:00" },
    ];
    const weekly = Object.fromEntries(weekdays.map((day) => [day, hours]));
    const steps = { granularityMinutes: 30, minimumMinutes: 30, maximumMinutes: 240 };
    return completeRules({
      ...shared,
      kind: "chair",
      availability: { by: "hours", weekly, ...steps },
      price: perHour,
    });
  }
  if (index % 3 === 1)
    return completeRules({ ...shared, kind: "desk", availability: roundTheClock(60), price: perHour });
  const nights = {
    by: "nights" as const,
    checkIn: "15:00",
    checkOut: "11:00",
    minimumNights: 1,
    maximumNights: 14,
  };
  const perNight = { per: "night" as const, amountMinor, currency: "EUR" };
  return completeRules({ ...shared, kind: "room", capacity: 20, availability: nights, price: perNight });
}

/** What was made. */
export interface AvailabilityWorld {
  readonly vendorId: Id<"vnd">;
  readonly resourceIds: readonly Id<"res">[];
  /** Those booked by the hour, with their zones; no allocation made here lies between their midnight and 04:00. */
  readonly desks: readonly { readonly resourceId: Id<"res">; readonly zone: string }[];
  readonly allocations: number;
  readonly seconds: number;
}

/** Publishes the resources as catalog would, and takes time of them straight in booking's tables. */
export async function makeAvailabilityWorld(
  platform: Pick<Platform, "servers" | "database">,
  size: { readonly resources: number; readonly allocations: number },
): Promise<AvailabilityWorld> {
  const begin = performance.now();
  const vendorId = newId("vnd");
  const resourceIds = await publish(platform, vendorId, size.resources);
  const admin = new pg.Client({ connectionString: platform.database.adminUrl, statement_timeout: 1_200_000 });
  await admin.connect();
  try {
    await until(
      "booking to know every resource",
      async () => {
        const { rows } = await admin.query<{ count: string }>(
          "select count(*) from booking.resource_search where vendor_id = $1",
          [vendorId],
        );
        return Number(rows[0]?.count) === size.resources;
      },
      120_000,
    );
    const share = Math.min(fullestShare, size.allocations / size.resources / placesEach);
    const allocations = await takeTime(admin, vendorId, share);
    return {
      vendorId,
      resourceIds,
      desks: resourceIds
        .map((resourceId, index) => ({ resourceId, zone: zoneOf(index) }))
        .filter((_, index) => index % 3 === 1),
      allocations,
      seconds: (performance.now() - begin) / 1000,
    };
  } finally {
    await admin.end();
  }
}

async function publish(
  { servers }: Pick<Platform, "servers">,
  vendorId: Id<"vnd">,
  count: number,
): Promise<Id<"res">[]> {
  await using tap = await openEventTap(servers.nats);
  const ids: Id<"res">[] = [];
  for (let index = 0; index < count; index++) {
    const resourceId = newId("res");
    const data = { resourceId, vendorId, vendorName: "Places", version: 1, rules: rulesOf(index) };
    await tap.emit(resourcePublished, { subject: resourceId, version: 1, data });
    ids.push(resourceId);
  }
  return ids;
}

/**
 * Takes that share of the places, spread by a hash, calendar by calendar, each one's belonging to one block. Desks keep the
 * hours after midnight, by their own clocks, for the bookings of the run.
 */
async function takeTime(admin: pg.Client, vendorId: string, share: number): Promise<number> {
  await admin.query(
    `insert into booking.blocks (block_id, calendar_id, starts_at, ends_at, quantity, reason, created_at)
     select 'blk_' || calendar_id, calendar_id, now(), now() + interval '1 year', null, 'bench', now()
     from booking.resource_search where vendor_id = $1`,
    [vendorId],
  );
  // Each row's block and calendar are there: that is not looked up again a million times.
  await admin.query("set session_replication_role = replica");
  const taken = await admin.query(
    `with places as (
       select s.calendar_id, r.snapshot->'rules'->>'zone' as zone, place.*
       from booking.resource_search s join booking.resources r using (resource_id),
         generate_series(1, ${busyDays}) as d,
         lateral (
           select 1 as unit, d, 540 + i * 30 + case when i >= 8 then 60 else 0 end as minute, 30 as minutes
             from generate_series(0, 19) i where s.kind = 'chair'
           union all select 1, d, i * 60, 60 from generate_series(4, 23) i where s.kind = 'desk'
           union all select i, d, 900, 1200 from generate_series(1, 20) i where s.kind = 'room'
         ) as place
       where s.vendor_id = $1
     )
     insert into booking.allocations (block_id, unit, calendar_id, during)
     select 'blk_' || calendar_id, unit, calendar_id,
       tstzrange(starts, starts + minutes * interval '1 minute')
     from (
       select *, (current_date + d + minute * interval '1 minute') at time zone zone as starts from places
     ) as placed
     where (hashint4(calendar_id * 7919 + d * 1000003 + unit * 104729 + minute)::bigint & 65535) < 65536 * $2::float8
     order by calendar_id, starts`,
    [vendorId, share],
  );
  await admin.query("reset session_replication_role");
  await admin.query("update booking.calendars set version = version + 1");
  await admin.query("vacuum analyze booking.allocations");
  await admin.query("vacuum analyze booking.resource_search");
  return taken.rowCount ?? 0;
}
