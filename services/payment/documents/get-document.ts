import { callerOf, type Call } from "@holdfast/chassis/endpoint";
import type { getDocument as endpoint } from "@holdfast/contracts/api/documents";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { documentNotFound } from "../problems.ts";
import { selectDocuments, viewOf } from "./document-view.ts";
import type { GuestNames } from "./guest-names.ts";
import { mayRead } from "./readable-booking.ts";
import { answerSheet } from "./sheets/answer-sheet.ts";
import { documentSheet } from "./sheets/document-sheet.ts";

/**
 * A document in the format asked for.
 * @throws documentNotFound also for who may not read it
 */
export async function getDocument(
  { db, guests }: { readonly db: Kysely<PaymentTables>; readonly guests: GuestNames },
  call: Call<typeof endpoint>,
) {
  const row = await selectDocuments(db).where("d.id", "=", call.params.documentId).executeTakeFirst();
  if (row === undefined) throw documentNotFound();
  const owned = { vendorId: row.vendor_id, customerId: row.customer_id };
  if (!(await mayRead(db, callerOf(call), owned))) throw documentNotFound();
  const view = viewOf(row, await guests.guestOf(row.customer_id));
  const asked = { format: call.query.format, accept: call.headers("accept") };
  return answerSheet(view, () => documentSheet(view), asked);
}
