/** What a booking would cost, promised for a while. */
import type { Clock } from "@holdfast/chassis/clock";
import type { QuoteView } from "@holdfast/contracts/api/booking";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import { allowedTime, askedTime, policiesOf, requireFree, type Asked } from "../bookings/decide-booking.ts";
import { loadAllocations, readCalendar } from "../calendar/calendars.ts";
import type { BookingTables, QuoteRow } from "../database.ts";
import type { ResourceCache } from "../resources/resource-cache.ts";

/** How long a quote stands. */
const quoteMinutes = 15;

/**
 * Makes a quote; the slot is not held by it.
 * @throws resourceNotBookable, timeNotBookable, slotTaken
 */
export async function createQuote(
  deps: { readonly db: Kysely<BookingTables>; readonly clock: Clock; readonly resources: ResourceCache },
  asked: Asked,
  customerId: Id<"usr">,
): Promise<QuoteView> {
  const calendar = await readCalendar(deps.db, asked.resourceId);
  const resource = calendar && (await deps.resources.load(deps.db, [calendar])).get(calendar.resource_id);
  const now = deps.clock.now();
  const allowed = allowedTime(asked, { calendar, resource, now });
  const calendarId = allowed.calendar.calendar_id;
  const taken = await loadAllocations(deps.db, [{ calendarId, ...allowed.time.taken }]);
  requireFree(asked, allowed.resource.snapshot.rules.capacity, taken.get(calendarId) ?? [], allowed.time);
  const row: QuoteRow = {
    quote_id: newId("qte"),
    customer_id: customerId,
    resource_id: asked.resourceId,
    starts_at: new Date(askedTime(asked).startsAt).toISOString(),
    ends_at: new Date(askedTime(asked).endsAt).toISOString(),
    quantity: asked.quantity,
    lines: allowed.price.lines,
    total_minor: allowed.price.total.amountMinor,
    currency: allowed.price.total.currency,
    cancellation: allowed.resource.snapshot.rules.cancellation,
    policies: policiesOf(allowed.resource.snapshot.rules),
    asked: { ...asked },
    basis: {},
    promotion_id: null,
    expires_at: now.add({ minutes: quoteMinutes }).toString(),
  };
  await deps.db
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
  return {
    quoteId: row.quote_id,
    resourceId: row.resource_id,
    startsAt: asked.startsAt,
    endsAt: asked.endsAt,
    quantity: row.quantity,
    people: 1,
    lines: [...row.lines],
    total: allowed.price.total,
    deposit: allowed.price.total,
    cancellation: row.cancellation,
    policies: row.policies,
    expiresAt: row.expires_at,
  };
}
