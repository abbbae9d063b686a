/** What the platform keeps of a vendor's bookings: set by an administrator, or the platform's own rate. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";

/** Whose rate counts for every vendor without one. */
export const platform = "platform";

/**
 * Sets whose rate it is from now on, where it is not that already; null for that of the platform. A booking held before
 * bears what was set then, whatever is set by the time it is settled: so the platform's own is set at each start, as the
 * configuration has it.
 */
export async function setRate(
  db: Kysely<PaymentTables>,
  { vendorId, basisPoints, nowAt }: { vendorId: string; basisPoints: number | null; nowAt: string },
): Promise<void> {
  await sql`insert into commissions (vendor_id, since, basis_points)
    select ${vendorId}, ${nowAt}, ${basisPoints}::integer
    where ${basisPoints}::integer is distinct from
      (select basis_points from commissions where vendor_id = ${vendorId} order by since desc limit 1)
    on conflict do nothing`.execute(db);
}

/** The rates that these bookings bear: their vendors' of when they were held, else the platform's of then. */
export async function ratesOf(
  { tx }: Pick<UnitOfWork<PaymentTables>, "tx">,
  bookingIds: readonly Id<"bkg">[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ booking_id: string; basis_points: number }>`
    select p.booking_id, coalesce(
      (select basis_points from commissions where vendor_id = p.vendor_id and since <= p.created_at
        order by since desc limit 1),
      (select basis_points from commissions where vendor_id = ${platform} and since <= p.created_at
        order by since desc limit 1),
      (select basis_points from commissions where vendor_id = ${platform} order by since limit 1)
    ) as basis_points
    from payments p where p.booking_id = any(${bookingIds}) and p.charge = 1`.execute(tx);
  return new Map(rows.map((row) => [row.booking_id, row.basis_points]));
}
