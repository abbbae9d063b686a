/**
 * Gives up what was lost to a vendor's guests where the vendor has gone: suspended since the loss or before, and after a
 * month still owing what later bookings did not cover. Until then the loss is theirs, and is taken from what they are sent.
 */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { DisputeTable, PaymentTables } from "../database.ts";
import { post } from "../ledger/post.ts";
import type { Decider } from "../payments/decider.ts";

const goneAfterDays = 30;
/** Losses looked at in one transaction at most. */
const batchMax = 50;

export interface WriteOffDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly log: Logger;
}

/** Losses of vendors who have gone, longest decided first, once their bookings are settled with them. */
async function lossesToGiveUp({ tx }: UnitOfWork<PaymentTables>, before: string) {
  return tx
    .selectFrom("disputes as d")
    .innerJoin("vendors as v", "v.vendor_id", "d.vendor_id")
    .innerJoin("settlements as s", "s.booking_id", "d.booking_id")
    .selectAll("d")
    .where("d.state", "=", "lost")
    .where("d.written_off_minor", "is", null)
    .where("d.closed_at", "<", before)
    .where("v.suspended", "=", true)
    .where("s.due", "=", false)
    .orderBy("d.closed_at")
    .limit(batchMax)
    .forUpdate("d")
    .skipLocked()
    .execute();
}

/** What the vendor owes in that currency, all that is still to be sent counted against it; nothing where it is owed. */
async function owedBy(
  { tx }: UnitOfWork<PaymentTables>,
  { vendor_id, currency }: Selectable<DisputeTable>,
): Promise<number> {
  const { rows } = await sql<{ owed: number }>`
    select greatest(0, -coalesce(sum(amount_minor), 0))::bigint as owed from vendor_items
    where vendor_id = ${vendor_id} and currency = ${currency} and transfer_id is null`.execute(tx);
  return rows[0]?.owed ?? 0;
}

/** Writes off what there is to write off; says whether there may be more. */
export async function writeOffLosses({ transact, decider, log }: WriteOffDeps): Promise<boolean> {
  const now = decider.now();
  const since = Temporal.Instant.from(decider.machineNow()).subtract({ hours: 24 * goneAfterDays });
  return transact(async (unit) => {
    const losses = await lossesToGiveUp(unit, since.toString());
    for (const loss of losses) {
      const { id, booking_id: bookingId, vendor_id: vendorId, currency } = loss;
      const amountMinor = Math.min(loss.charged_back_minor, await owedBy(unit, loss));
      await unit.tx
        .updateTable("disputes")
        .set({ written_off_minor: amountMinor })
        .where("id", "=", id)
        .execute();
      if (amountMinor === 0 || currency === null) continue;
      const entries = [
        { account: "write-off", currency, amountMinor },
        { account: "vendor-payable", currency, amountMinor: -amountMinor },
      ] as const;
      await post(unit, [{ kind: "write-off", cause: id, bookingId, vendorId, entries }], now);
      log.warn(
        { disputeId: id, vendorId, amountMinor, currency },
        "a loss is written off: its vendor has gone",
      );
    }
    return losses.length === batchMax;
  });
}
