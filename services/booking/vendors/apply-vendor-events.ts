/**
 * Taking in what catalog says about vendors and their people. Each type of event is consumed by itself, so they come in
 * any order: what is older than what is known changes nothing. Bookings that exist stand, whatever happens to a vendor.
 */
import type { Received } from "@holdfast/chassis/consumer";
import { newestByKey } from "@holdfast/chassis/newest-by-key";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type {
  MemberRole,
  vendorMemberAdded,
  vendorMemberRemoved,
  vendorRegistered,
} from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import { noteChange } from "../calendar/calendars.ts";
import type { BookingTables } from "../database.ts";
import { offerFreed, type OfferDeps } from "../waitlist/offer-freed.ts";

type VendorNews = Received<{ readonly vendorId: Id<"vnd"> }>;

/** A verified vendor's resources take bookings, also after a suspension; what is free of them is offered to who waits. */
export function applyVerified(deps: OfferDeps) {
  return async (unit: UnitOfWork<BookingTables>, received: readonly VendorNews[]): Promise<void> => {
    await offerFreed(deps, unit, await applyStanding(unit.tx, received, true));
  };
}

/** A suspended or rejected vendor's resources take no new bookings from the commit on. */
export async function applySuspended(
  unit: UnitOfWork<BookingTables>,
  received: readonly VendorNews[],
): Promise<void> {
  await applyStanding(unit.tx, received, false);
}

/**
 * The vendor's row is locked first: a resource that is published at the same time inherits what stands afterwards
 * (`apply-resource-events.ts`). Then its calendars, which a booking in the making holds: it is decided before or after.
 */
async function applyStanding(
  tx: Transaction<BookingTables>,
  received: readonly VendorNews[],
  takesBookings: boolean,
): Promise<number[]> {
  const news = newestByKey(received, ({ data }) => data.vendorId);
  const vendorIds = news.map(({ data }) => data.vendorId);
  const versions = news.map(({ version }) => version);
  const { rows: changed } = await sql<{ vendor_id: Id<"vnd"> }>`
    insert into vendors (vendor_id, version, takes_bookings)
    select vendor_id, version, ${takesBookings}
    from unnest(${vendorIds}::text[], ${versions}::integer[]) as news (vendor_id, version)
    on conflict (vendor_id) do update set version = excluded.version, takes_bookings = excluded.takes_bookings
      where vendors.version < excluded.version
    returning vendor_id`.execute(tx);
  if (changed.length === 0) return [];
  const ofVendors = changed.map((one) => one.vendor_id);
  const { rows: calendars } = await sql<{ calendar_id: number }>`
    select c.calendar_id from calendars c join resources r using (resource_id)
    where r.vendor_id = any(${ofVendors}) and r.vendor_suspended = ${takesBookings}
    order by c.calendar_id for update of c`.execute(tx);
  await sql`
    update resources set vendor_suspended = ${!takesBookings}
    where vendor_id = any(${ofVendors}) and vendor_suspended = ${takesBookings}`.execute(tx);
  const changedCalendars = calendars.map((one) => one.calendar_id);
  await noteChange(tx, changedCalendars);
  return changedCalendars;
}

/** Whoever registered a vendor is its first owner. */
export function applyRegistered(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof vendorRegistered>>[],
): Promise<void> {
  return applyMembers(
    unit.tx,
    received.map(({ data, version }) => ({
      vendorId: data.vendorId,
      userId: data.ownerId,
      role: "owner",
      version,
    })),
  );
}

/** Somebody acts for a vendor, or does so in another role. */
export function applyMemberAdded(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof vendorMemberAdded>>[],
): Promise<void> {
  return applyMembers(
    unit.tx,
    received.map(({ data, version }) => ({ ...data, version })),
  );
}

/** Somebody acts for a vendor no longer; their row stays, so that an older message cannot bring them back. */
export function applyMemberRemoved(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof vendorMemberRemoved>>[],
): Promise<void> {
  return applyMembers(
    unit.tx,
    received.map(({ data, version }) => ({ ...data, role: null, version })),
  );
}

interface MemberNews {
  readonly vendorId: Id<"vnd">;
  readonly userId: Id<"usr">;
  readonly role: MemberRole | null;
  readonly version: number;
}

async function applyMembers(tx: Transaction<BookingTables>, received: readonly MemberNews[]): Promise<void> {
  const news = newestByKey(received, ({ vendorId, userId }) => `${vendorId} ${userId}`);
  await sql`
    insert into vendor_members (vendor_id, user_id, role, version)
    select vendor_id, user_id, role, version
    from unnest(${news.map((one) => one.vendorId)}::text[], ${news.map((one) => one.userId)}::text[],
      ${news.map((one) => one.role)}::text[], ${news.map((one) => one.version)}::integer[])
      as news (vendor_id, user_id, role, version)
    on conflict (vendor_id, user_id) do update set role = excluded.role, version = excluded.version
      where vendor_members.version < excluded.version`.execute(tx);
}
