/** Who may read what is written about a booking's money: its guest, its vendor's people, administrators. */
import { unavailable } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import { getDocument } from "@holdfast/contracts/api/documents";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";
import { mayActFor } from "../vendors/may-act-for.ts";
import type { DocumentSources } from "./document-sources.ts";

interface Owned {
  readonly vendorId: Id<"vnd">;
  readonly customerId: Id<"usr">;
}

/** Is it the caller's own, or of a vendor they act for? */
export async function mayRead(
  db: Kysely<PaymentTables>,
  caller: Caller,
  { vendorId, customerId }: Owned,
): Promise<boolean> {
  if (caller.userId === customerId) return true;
  return mayActFor(db, caller, { vendorId, permission: getDocument.access });
}

/**
 * May the caller read what is written about the booking? Whose it is stands on its charge; of one from before that was
 * kept, booking says it.
 * @throws serviceUnavailable where booking would have to be asked and does not answer
 */
export async function mayReadBooking(
  { db, sources }: { readonly db: Kysely<PaymentTables>; readonly sources: DocumentSources },
  caller: Caller,
  bookingId: Id<"bkg">,
): Promise<boolean> {
  const charge = await db
    .selectFrom("payments")
    .select(["customer_id", "vendor_id"])
    .where("booking_id", "=", bookingId)
    .where("charge", "=", 1)
    .executeTakeFirst();
  if (charge === undefined) return false;
  const { customer_id: customerId } = charge;
  if (caller.userId === customerId) return true;
  const vendorId = charge.vendor_id ?? (await vendorOf(sources, bookingId));
  return vendorId !== undefined && mayRead(db, caller, { vendorId, customerId });
}

async function vendorOf(sources: DocumentSources, bookingId: Id<"bkg">): Promise<Id<"vnd"> | undefined> {
  try {
    return (await sources.factsOf([bookingId])).get(bookingId)?.vendorId;
  } catch (error) {
    throw unavailable("Booking does not say whose booking that is; try again.", error);
  }
}
