/** Who was erased acts for no vendor any longer, and what they wrote to vendors is gone; the steps they took stay. */
import type { Clock } from "@holdfast/chassis/clock";
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { userErased } from "@holdfast/contracts/events/auth";
import { vendorMemberRemoved } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { CatalogTables } from "../database.ts";

type Erased = Received<EventData<typeof userErased>>;

/** Erases these people; again, where it was done, changes nothing. */
export function erasePeople({ clock }: { readonly clock: Clock }) {
  return async (unit: UnitOfWork<CatalogTables>, received: readonly Erased[]): Promise<void> => {
    for (const { data, traceparent } of received) {
      const { userId } = data;
      await removeMemberships(unit, userId, { now: clock.now(), traceparent });
      await sql`update vendor_history set reasons = '[]' where by_user = ${userId}`.execute(unit.tx);
      await sql`delete from idempotency_keys where caller = ${userId}`.execute(unit.tx);
    }
  };
}

/** Another owner becomes the vendor's where there is one: auth closes no account that is a vendor's only one. */
async function removeMemberships(
  unit: UnitOfWork<CatalogTables>,
  userId: Id<"usr">,
  about: { readonly now: Temporal.Instant; readonly traceparent: string | undefined },
): Promise<void> {
  const { rows } = await sql<{ id: Id<"vnd">; version: number }>`
    update vendors set version = version + 1, owner_id = coalesce(
      (select user_id from vendor_members where vendor_id = vendors.id and role = 'owner' and user_id <> ${userId}
        and vendors.owner_id = ${userId} order by added_at, user_id limit 1), owner_id)
    where id in (select id from vendors where id in (
        select vendor_id from vendor_members where user_id = ${userId}) order by id for update)
    returning id, version`.execute(unit.tx);
  await unit.tx.deleteFrom("vendor_members").where("user_id", "=", userId).execute();
  for (const { id: vendorId, version } of rows) {
    unit.announce(vendorMemberRemoved, {
      subject: vendorId,
      version,
      data: { vendorId, userId },
      traceparent: about.traceparent,
      time: about.now,
    });
  }
}
