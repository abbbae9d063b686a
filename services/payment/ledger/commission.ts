/** What the platform keeps of a vendor's bookings: set by an administrator, or the platform's own rate. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";

/** Whose rate counts for every vendor without one. */
const platform = "platform";

/**
 * Keeps the platform's rate as the configuration has it, from now on: a booking held before bears what was configured
 * then, whatever the configuration says by the time it is settled.
 */
export async function keepPlatformRate(
  db: Kysely<PaymentTables>,
  basisPoints: number,
  nowAt: string,
): Promise<void> {
  await sql`insert into commissions (vendor_id, since, basis_points)
    select ${platform}, ${nowAt}, ${basisPoints}::integer
    where ${basisPoints}::integer is distinct from
      (select basis_points from commissions where vendor_id = ${platform} order by since desc limit 1)
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
