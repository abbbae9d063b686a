/** Shows a vendor's people what the vendor is owed, and what of it is sent when. */
import type { payoutHindrances, VendorBalance } from "@holdfast/contracts/api/earnings";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { PaymentTables } from "../database.ts";
import { nextPayoutOf } from "../payouts/payout-schedule.ts";
import { effectiveSchedule, type PayoutTerms } from "../payouts/schedule-rows.ts";
import { payableOf } from "./payable.ts";
import { selectOpenItems, toOpenItem } from "./transfer-rows.ts";

type Hindrance = (typeof payoutHindrances)[number];

const currenciesMax = 50;

/** What keeps the vendor from being paid out in any currency. */
async function hindranceOf(db: Kysely<PaymentTables>, vendorId: Id<"vnd">): Promise<Hindrance | null> {
  const { rows } = await sql<{ state: string | null; suspended: boolean | null }>`
    select a.state, v.suspended from (select ${vendorId}::text as vendor_id) one
    left join payout_accounts a using (vendor_id) left join vendors v using (vendor_id)`.execute(db);
  const [found] = rows;
  if (found?.suspended === true) return "vendor-suspended";
  if (found === undefined || found.state === null) return "no-account";
  return found.state === "enabled" ? null : "account-not-enabled";
}

interface CurrencyRow {
  readonly currency: string;
  readonly on_its_way: number;
  readonly refused: string | null;
}

/** Every currency the vendor is, or was, owed anything in. */
async function currenciesOf(db: Kysely<PaymentTables>, vendorId: Id<"vnd">): Promise<CurrencyRow[]> {
  const { rows } = await sql<CurrencyRow>`
    select c.currency, p.reason as refused, coalesce((
        select sum(t.amount_minor) from transfers t
        where t.vendor_id = ${vendorId} and t.currency = c.currency and t.kind = 'transfer' and t.state = 'planned'
      ), 0)::bigint as on_its_way
    from (select distinct currency from vendor_items where vendor_id = ${vendorId} limit ${currenciesMax}) c
    left join parked_payouts p on p.vendor_id = ${vendorId} and p.currency = c.currency
    order by c.currency`.execute(db);
  return rows;
}

export async function showBalance(
  db: Kysely<PaymentTables>,
  terms: PayoutTerms,
  { vendorId, now }: { readonly vendorId: Id<"vnd">; readonly now: Temporal.Instant },
): Promise<VendorBalance> {
  const { holdDays } = await effectiveSchedule(db, vendorId, terms);
  const hindrance = await hindranceOf(db, vendorId);
  const currencies: VendorBalance["currencies"] = [];
  for (const { currency, on_its_way: onItsWayMinor, refused } of await currenciesOf(db, vendorId)) {
    const items = (await selectOpenItems(db, { vendorId, currency }).execute()).map(toOpenItem);
    const { takenMinor, pendingMinor, frozenMinor } = payableOf(items, { now, holdDays });
    currencies.push({
      currency,
      balanceMinor: takenMinor + pendingMinor + frozenMinor + onItsWayMinor,
      payableMinor: takenMinor,
      pendingMinor,
      frozenMinor,
      onItsWayMinor,
      hindrance: hindrance ?? (refused === null ? null : "refused"),
      reason: refused,
    });
  }
  return { vendorId, nextPayoutAt: await nextPayoutOf(db, vendorId), currencies };
}
