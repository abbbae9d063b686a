/** Sagas that wait for a person, for operators. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { parkedSaga } from "@holdfast/contracts/api/booking-life";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { BookingTables } from "../database.ts";

/** A page of parked sagas, oldest booking first. */
export async function listParkedSagas(
  db: Kysely<BookingTables>,
  asked: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ items: z.infer<typeof parkedSaga>[]; next: string | null }> {
  let query = db
    .selectFrom("bookings")
    .select(["booking_id", "status", "saga_step", "parked_at", "parked_reason"])
    .where("parked_at", "is not", null)
    .orderBy("booking_id")
    .limit(asked.limit + 1);
  if (asked.after !== undefined) query = query.where("booking_id", ">", readCursor("bkg", asked.after));
  const rows = await query.execute();
  const items = rows.slice(0, asked.limit).map((row) => ({
    bookingId: row.booking_id,
    status: row.status,
    step: row.saga_step,
    since: row.parked_at ?? "",
    reason: row.parked_reason ?? "",
  }));
  const last = items.at(-1);
  return { items, next: rows.length > asked.limit && last ? cursorOf(last.bookingId) : null };
}
