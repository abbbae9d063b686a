/** Taking in the promotions that catalog publishes. A lower version than the one known is an old message and changes nothing. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { EventData } from "@holdfast/contracts/define-event";
import type { promotionEnded, promotionPublished } from "@holdfast/contracts/events/catalog";
import { sql } from "kysely";
import type { BookingTables } from "../database.ts";

/** The code can be used under these terms; how often it was used stays. */
export async function applyPromotionPublished(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof promotionPublished>>[],
): Promise<void> {
  for (const { data } of inLockOrder(received)) {
    await sql`
      insert into promotions (promotion_id, vendor_id, version, code, terms, ended)
      values (${data.promotionId}, ${data.vendorId}, ${data.version}, ${data.code}, ${JSON.stringify(data)}, false)
      on conflict (promotion_id) do update
        set version = excluded.version, code = excluded.code, terms = excluded.terms, ended = false
        where promotions.version < excluded.version`.execute(unit.tx);
  }
}

/** The code can no longer be used. An end that comes before what it ends leaves its version behind, which wins. */
export async function applyPromotionEnded(
  unit: UnitOfWork<BookingTables>,
  received: readonly Received<EventData<typeof promotionEnded>>[],
): Promise<void> {
  for (const { data } of inLockOrder(received)) {
    await sql`
      insert into promotions (promotion_id, vendor_id, version, ended)
      values (${data.promotionId}, ${data.vendorId}, ${data.version}, true)
      on conflict (promotion_id) do update set version = excluded.version, ended = true
        where promotions.version < excluded.version`.execute(unit.tx);
  }
}

/** In the order of their ids, in which whoever books with several codes locks them. */
function inLockOrder<T extends { readonly data: { readonly promotionId: string } }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => (a.data.promotionId < b.data.promotionId ? -1 : 1));
}
