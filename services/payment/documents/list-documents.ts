/** Lists of documents: a booking's, and a vendor's. */
import { cursorOf, readCursor } from "@holdfast/chassis/cursor";
import type { Caller } from "@holdfast/chassis/tokens";
import type { DocumentSummary, listVendorDocuments as endpoint } from "@holdfast/contracts/api/documents";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import type { z } from "zod";
import type { PaymentTables } from "../database.ts";
import { paymentNotFound } from "../problems.ts";
import type { DocumentSources } from "./document-sources.ts";
import { selectDocuments, summaryOf } from "./document-view.ts";
import { mayReadBooking } from "./readable-booking.ts";

/** More than one booking comes to; a request is bounded all the same. */
const ofBookingMax = 1_000;

/** A booking's documents in the order they were issued. @throws paymentNotFound for who may not read them */
export async function listBookingDocuments(
  deps: { readonly db: Kysely<PaymentTables>; readonly sources: DocumentSources },
  bookingId: Id<"bkg">,
  caller: Caller,
): Promise<{ items: DocumentSummary[] }> {
  if (!(await mayReadBooking(deps, caller, bookingId))) throw paymentNotFound();
  const rows = await selectDocuments(deps.db)
    .where("d.booking_id", "=", bookingId)
    .orderBy("d.id")
    .limit(ofBookingMax)
    .execute();
  return { items: rows.map(summaryOf) };
}

export interface VendorDocumentsAsked extends z.output<NonNullable<typeof endpoint.query>> {
  readonly vendorId: Id<"vnd">;
}

/**
 * A page of a vendor's documents, newest first. It reads `documents_of_vendor` from where the cursor's document stands.
 * @throws requestInvalid for a foreign cursor
 */
export async function listVendorDocuments(
  db: Kysely<PaymentTables>,
  { vendorId, kind, from, to, after, limit }: VendorDocumentsAsked,
): Promise<{ items: DocumentSummary[]; next: string | null }> {
  let query = selectDocuments(db)
    .where("d.vendor_id", "=", vendorId)
    .orderBy("d.issued_at", "desc")
    .orderBy("d.id", "desc")
    .limit(limit + 1);
  if (kind !== undefined) query = query.where("d.kind", "=", kind);
  if (from !== undefined) query = query.where("d.issued_at", ">=", from);
  if (to !== undefined) query = query.where("d.issued_at", "<", to);
  if (after !== undefined) {
    const last = readCursor("doc", after);
    query = query.where(
      sql<boolean>`(d.issued_at, d.id) < (select issued_at, id from documents where id = ${last})`,
    );
  }
  const rows = await query.execute();
  const items = rows.slice(0, limit);
  const lastItem = items.at(-1);
  return {
    items: items.map(summaryOf),
    next: rows.length > limit && lastItem !== undefined ? cursorOf(lastItem.id) : null,
  };
}
