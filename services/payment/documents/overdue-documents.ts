/** Tells operators how much money waits for its document longer than it should. */
import type { Logger } from "@holdfast/chassis/log";
import type { Metrics } from "@holdfast/chassis/metrics";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";

const overdueMinutes = 10;
/** Counted at most; beyond this the number itself says enough. */
const countedMax = 10_000;

/** The work that counts them for the metrics, and names the oldest in the log. */
export function createOverdueReport({
  db,
  log,
  metrics,
}: {
  readonly db: Kysely<PaymentTables>;
  readonly log: Logger;
  readonly metrics: Metrics;
}): () => Promise<void> {
  const overdue = metrics.gauge({
    name: "payment_documents_overdue",
    help: "Captures and refunds that have waited for their document for more than ten minutes.",
    labels: [],
  });
  return async () => {
    const { rows } = await sql<{ count: number; oldest: string | null }>`
      select count(*), min(cause) as oldest from (
        select cause from document_causes
        where next_attempt_at is not null and at < now() - ${overdueMinutes} * interval '1 minute'
        limit ${countedMax}
      ) as late`.execute(db);
    const { count = 0, oldest } = rows[0] ?? {};
    overdue.set({}, count);
    if (count > 0) log.error({ count, oldest }, "money waits for its invoices and credit notes");
  };
}
