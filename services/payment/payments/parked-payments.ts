/** Tells operators which payments wait for a person. */
import type { Logger } from "@holdfast/chassis/log";
import type { Level } from "@holdfast/chassis/metrics";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";

/** Payments named in one log line at most. */
const namedMax = 20;
/** Counted at most; beyond this the number itself says enough. */
const countedMax = 10_000;

export interface ParkedDeps {
  readonly db: Kysely<PaymentTables>;
  readonly log: Logger;
  readonly parked: Level<"reason">;
}

/** Counts parked payments by reason for the metrics, and names the oldest in the log. */
export async function reportParked({ db, log, parked }: ParkedDeps, seen: Set<string>): Promise<void> {
  const rows = await db
    .selectFrom("payments")
    .select(["id", "booking_id", "parked_reason"])
    .where("parked_reason", "is not", null)
    .orderBy("updated_at")
    .limit(countedMax)
    .execute();
  const counts = new Map([...seen].map((reason) => [reason, 0]));
  for (const { parked_reason: reason } of rows) {
    if (reason !== null) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  for (const [reason, count] of counts) {
    seen.add(reason);
    parked.set({ reason }, count);
  }
  if (rows.length === 0) return;
  const oldest = rows.slice(0, namedMax).map((row) => ({
    paymentId: row.id,
    bookingId: row.booking_id,
    reason: row.parked_reason,
  }));
  log.warn({ count: rows.length, oldest }, "payments are parked for a person");
}
