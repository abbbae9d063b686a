/** Giving up a place in the line. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { BookingTables } from "../database.ts";
import { waitlistEntryNotFound } from "../problems.ts";

/**
 * Ends the waiting; of an entry that waits no longer nothing changes.
 * @throws waitlistEntryNotFound, also for somebody else's
 */
export async function leaveWaitlist(
  { tx }: UnitOfWork<BookingTables>,
  { entryId, customerId }: { readonly entryId: Id<"wtl">; readonly customerId: string },
): Promise<void> {
  const entry = await tx
    .selectFrom("waitlist")
    .select(["calendar_id", "customer_id"])
    .where("entry_id", "=", entryId)
    .executeTakeFirst();
  if (entry?.customer_id !== customerId) throw waitlistEntryNotFound();
  // The calendar's lock first: it may be about to be offered something.
  await sql`select from calendars where calendar_id = ${entry.calendar_id} for update`.execute(tx);
  await sql`update waitlist set state = 'left' where entry_id = ${entryId} and state = 'waiting'`.execute(tx);
}
