/**
 * Taking in who acts for which vendor. Each type of event is consumed by itself, so they come in any order: what is
 * older than what is known changes nothing.
 */
import type { Received } from "@holdfast/chassis/consumer";
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
import type { AuthTables } from "../database.ts";

type Unit = UnitOfWork<AuthTables>;

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

/** Somebody acts for a vendor no longer. */
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
  // One row a key, its newest, in the keys' order: a statement touches no row twice, and batches lock in one order.
  const newest = new Map<string, MemberNews>();
  for (const news of received) {
    const key = `${news.vendorId} ${news.userId}`;
    if ((newest.get(key)?.version ?? 0) < news.version) newest.set(key, news);
  }
  const news = [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  await sql`
    insert into vendor_members (vendor_id, user_id, role, version)
    select vendor_id, user_id, role, version
    from unnest(${news.map((one) => one.vendorId)}::text[], ${news.map((one) => one.userId)}::text[],
      ${news.map((one) => one.role)}::text[], ${news.map((one) => one.version)}::integer[])
      as news (vendor_id, user_id, role, version)
    on conflict (vendor_id, user_id) do update set role = excluded.role, version = excluded.version
      where vendor_members.version < excluded.version`.execute(tx);
}
