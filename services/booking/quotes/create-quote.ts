/** What a booking would cost, promised for a while. */
import type { Clock } from "@holdfast/chassis/clock";
import type { QuoteView } from "@holdfast/contracts/api/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { Transaction } from "kysely";
import { askedBooking, type AskedBody } from "../bookings/asked-booking.ts";
import { countRoom, termsOf } from "../bookings/find-room.ts";
import { loadSurroundings } from "../bookings/surroundings.ts";
import type { BookingTables, QuoteRow } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";
import { quoteView } from "./quote-view.ts";
import { quoteMinutes } from "./quoted-balance.ts";

/**
 * Makes a quote; the slot is not held by it. It keeps all that its price was made of, so a later change of the rules, of
 * the promotion or of how full the calendar is does not reach a booking made with it.
 * @throws what `findRoom` does
 */
export async function createQuote(
  deps: { readonly clock: Clock; readonly resources: ResourceCache },
  tx: Transaction<BookingTables>,
  body: AskedBody,
  customerId: Id<"usr">,
): Promise<QuoteView> {
  const asked = askedBooking(body);
  const around = await loadSurroundings(deps, tx, [asked], { lock: false, customers: [customerId] });
  const room = countRoom(asked, around, { customerId });
  const { cancellation, policies } = termsOf(room);
  const row: QuoteRow = {
    quote_id: newId("qte"),
    customer_id: customerId,
    resource_id: body.resourceId,
    starts_at: body.startsAt,
    ends_at: body.endsAt,
    quantity: body.quantity,
    lines: room.price.lines,
    total_minor: room.price.total.amountMinor,
    currency: room.price.total.currency,
    cancellation,
    policies,
    asked: { ...body },
    basis: { ...room.basis },
    promotion_id: room.promotionId,
    // To the millisecond, so that the same is read back from the database.
    expires_at: around.now
      .add({ minutes: quoteMinutes })
      .round({ smallestUnit: "millisecond", roundingMode: "floor" })
      .toString(),
  };
  await tx
    .insertInto("quotes")
    .values({
      ...row,
      lines: JSON.stringify(row.lines) as never,
      cancellation: JSON.stringify(row.cancellation) as never,
      policies: JSON.stringify(row.policies) as never,
      asked: JSON.stringify(row.asked) as never,
      basis: JSON.stringify(row.basis) as never,
    })
    .execute();
  return quoteView(row);
}
