/**
 * Taking in what catalog says about vendors and their people. Each type of event is consumed by itself, so they come in
 * any order: what is older than what is known changes nothing.
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
import { sql } from "kysely";
import type { PaymentTables } from "../database.ts";

type Unit = Pick<UnitOfWork<PaymentTables>, "tx">;
type VendorNews = Received<{ readonly vendorId: Id<"vnd"> }>;

/** The vendor may be paid out, also after a suspension. */
export function applyVerified(unit: Unit, received: readonly VendorNews[]): Promise<void> {
  return applyStanding(unit, received, false);
}

/** The vendor is suspended from the commit on. */
export function applySuspended(unit: Unit, received: readonly VendorNews[]): Promise<void> {
  return applyStanding(unit, received, true);
}

async function applyStanding(
  { tx }: Unit,
  received: readonly VendorNews[],
  suspended: boolean,
): Promise<void> {
  const news = newestByKey(received, ({ data }) => data.vendorId);
  await sql`
    insert into vendors (vendor_id, version, suspended)
    select vendor_id, version, ${suspended}
    from unnest(${news.map(({ data }) => data.vendorId)}::text[], ${news.map(({ version }) => version)}::integer[])
      as news (vendor_id, version)
    on conflict (vendor_id) do update set version = excluded.version, suspended = excluded.suspended
      where vendors.version < excluded.version`.execute(tx);
}

/** Whoever registered a vendor is its first owner. */
export function applyRegistered(
  unit: Unit,
  received: readonly Received<EventData<typeof vendorRegistered>>[],
): Promise<void> {
  return applyMembers(
    unit,
    received.map(({ data: { vendorId, ownerId }, version }) => ({
      vendorId,
      userId: ownerId,
      role: "owner",
      version,
    })),
  );
}

/** Somebody acts for a vendor, or does so in another role. */
export function applyMemberAdded(
  unit: Unit,
  received: readonly Received<EventData<typeof vendorMemberAdded>>[],
): Promise<void> {
  return applyMembers(
    unit,
    received.map(({ data, version }) => ({ ...data, version })),
  );
}

/** Somebody acts for a vendor no longer; their row stays, so that an older message cannot bring them back. */
export function applyMemberRemoved(
  unit: Unit,
  received: readonly Received<EventData<typeof vendorMemberRemoved>>[],
): Promise<void> {
  return applyMembers(
    unit,
    received.map(({ data, version }) => ({ ...data, role: null, version })),
  );
}

interface MemberNews {
  readonly vendorId: Id<"vnd">;
  readonly userId: Id<"usr">;
  readonly role: MemberRole | null;
  readonly version: number;
}

async function applyMembers({ tx }: Unit, received: readonly MemberNews[]): Promise<void> {
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
