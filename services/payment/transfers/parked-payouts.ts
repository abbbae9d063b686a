/** What the provider refused to send to vendors: tried again ever more seldom, and shown to operators until it is sent. */
import type { Level } from "@holdfast/chassis/metrics";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { instantAt } from "../payments/payment.ts";
import type { Surroundings } from "../written-calls/written-call.ts";
import type { Transfer } from "./transfer.ts";

type Unit = Pick<UnitOfWork<PaymentTables>, "tx">;

const retryBaseMs = 3_600_000;
const retryMaxMs = 24 * 3_600_000;
/** From so many refusals on the wait is the longest. */
const doublingsMax = 5;

/** Wait before what was refused so often is planned anew. */
function retryRefusedAfterMs(refusals: number): number {
  return Math.min(retryMaxMs, retryBaseMs * 2 ** Math.min(refusals - 1, doublingsMax));
}

export async function parkPayout(
  { tx }: Unit,
  { vendorId, currency, id, reason }: Transfer,
  { nowMs }: Surroundings,
): Promise<void> {
  const present = await tx
    .selectFrom("parked_payouts")
    .select("refusals")
    .where("vendor_id", "=", vendorId)
    .where("currency", "=", currency)
    .forUpdate()
    .executeTakeFirst();
  const refusals = (present?.refusals ?? 0) + 1;
  const latest = {
    transfer_id: id,
    reason: reason ?? "refused",
    refusals,
    retry_at: instantAt(nowMs + retryRefusedAfterMs(refusals)),
  };
  await tx
    .insertInto("parked_payouts")
    .values({ vendor_id: vendorId, currency, since: instantAt(nowMs), ...latest })
    .onConflict((on) => on.columns(["vendor_id", "currency"]).doUpdateSet(latest))
    .execute();
}

/** It was sent, or there is nothing to send any more. */
export async function unparkPayout(
  { tx }: Unit,
  { vendorId, currency }: Pick<Transfer, "vendorId" | "currency">,
): Promise<void> {
  await tx
    .deleteFrom("parked_payouts")
    .where("vendor_id", "=", vendorId)
    .where("currency", "=", currency)
    .execute();
}

/** What was refused to the vendor is tried again with the next run of the sweep. */
export async function retrySoon(
  { tx }: Unit,
  vendorId: Transfer["vendorId"],
  machineNow: string,
): Promise<void> {
  await tx
    .updateTable("parked_payouts")
    .set({ retry_at: machineNow })
    .where("vendor_id", "=", vendorId)
    .execute();
}

export interface Gauges {
  readonly parked: Level<"kind">;
  readonly waiting: Level<never>;
}

/** Counted at most; beyond this the number itself says enough. */
const countedMax = 10_000;

async function count(db: Kysely<PaymentTables>, of: ReturnType<typeof sql>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (${of} limit ${countedMax}) counted`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Counts for the metrics what waits for a person, and which vendors are owed something and cannot be paid out. */
export async function reportPayouts(db: Kysely<PaymentTables>, { parked, waiting }: Gauges): Promise<void> {
  parked.set({ kind: "refused" }, await count(db, sql`select from parked_payouts`));
  parked.set(
    { kind: "unanswered" },
    await count(db, sql`select from transfers where parked_reason is not null`),
  );
  parked.set(
    { kind: "account" },
    await count(db, sql`select from payout_accounts where parked_reason is not null`),
  );
  waiting.set(
    {},
    await count(
      db,
      sql`select i.vendor_id from vendor_items i where i.transfer_id is null
        and not exists (select from payout_accounts a where a.vendor_id = i.vendor_id and a.state = 'enabled')
        group by i.vendor_id having sum(i.amount_minor) > 0`,
    ),
  );
}
