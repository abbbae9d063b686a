/** The promotion codes that a batch of requests names: locked where they are to be used, with how often they were. */
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { BookingTables, PromotionRow } from "../database.ts";

/** A promotion as it stands; what the batch itself uses is added as it goes. */
export interface KnownPromotion extends Pick<
  PromotionRow,
  "promotion_id" | "vendor_id" | "code" | "terms" | "ended"
> {
  readonly uses: number;
  /** By customer, of those who were asked about. */
  readonly usesOf: ReadonlyMap<string, number>;
}

/** Which promotions: by a vendor's code, by their ids, or by quotes that were made with them. */
export interface PromotionsWanted {
  readonly codes: readonly { readonly vendorId: string; readonly code: string }[];
  readonly ids: readonly string[];
  /** Looked at only where one of the others is given. */
  readonly quoteIds: readonly string[];
  /** Whose uses are counted. */
  readonly customers: readonly string[];
  /** Until the transaction ends, so that a count read here is exact until it is written. After the calendars' locks. */
  readonly lock: boolean;
}

/** The promotions by id; nothing is asked of the database where none is wanted. */
export async function loadPromotions(
  db: Kysely<BookingTables>,
  wanted: PromotionsWanted,
): Promise<Map<string, KnownPromotion>> {
  if (wanted.codes.length === 0 && wanted.ids.length === 0) return new Map();
  const vendors = wanted.codes.map((one) => one.vendorId);
  const codes = wanted.codes.map((one) => one.code);
  const { rows } = await sql<Omit<PromotionRow, "uses"> & { readonly uses: number }>`
    select promotion_id, vendor_id, code, terms, ended, uses from promotions
    where promotion_id = any(array(
      select promotion_id from promotions
        where (vendor_id, code) in (select * from unnest(${vendors}::text[], ${codes}::text[]))
      union select unnest(${wanted.ids}::text[])
      union select promotion_id from quotes where quote_id = any(${wanted.quoteIds})))
    order by promotion_id ${wanted.lock ? sql`for update` : sql``}`.execute(db);
  // A statement of its own, so that it sees what was committed while the first one waited for its locks.
  const uses = await loadUses(
    db,
    rows.map((row) => row.promotion_id),
    wanted.customers,
  );
  return new Map(
    rows.map((row) => [row.promotion_id, { ...row, usesOf: uses.get(row.promotion_id) ?? new Map() }]),
  );
}

async function loadUses(
  db: Kysely<BookingTables>,
  promotionIds: readonly Id<"prm">[],
  customers: readonly string[],
): Promise<Map<string, Map<string, number>>> {
  const byPromotion = new Map<string, Map<string, number>>();
  if (promotionIds.length === 0 || customers.length === 0) return byPromotion;
  const { rows } = await sql<{ promotion_id: string; customer_id: string; uses: number }>`
    select promotion_id, customer_id, count(*) as uses from promotion_uses
    where promotion_id = any(${promotionIds}) and customer_id = any(${customers})
    group by promotion_id, customer_id`.execute(db);
  for (const row of rows) {
    const ofPromotion = byPromotion.get(row.promotion_id) ?? new Map<string, number>();
    byPromotion.set(row.promotion_id, ofPromotion.set(row.customer_id, row.uses));
  }
  return byPromotion;
}

/** The same promotion after one more use by that customer. */
export function usedOnceMore(promotion: KnownPromotion, customerId: string): KnownPromotion {
  const usesOf = new Map(promotion.usesOf).set(customerId, (promotion.usesOf.get(customerId) ?? 0) + 1);
  return { ...promotion, uses: promotion.uses + 1, usesOf };
}
