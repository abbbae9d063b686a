/** What payment keeps about a person. */
import { readableRows, rowsOfPersonMax } from "@holdfast/chassis/readable-rows";
import type { PersonalData } from "@holdfast/contracts/api/personal-data";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Kysely } from "kysely";
import type { PaymentTables } from "../database.ts";

/** Their payments, what was given back, what Stripe told about them, and which vendors they act for. */
export async function getPersonalData(db: Kysely<PaymentTables>, userId: Id<"usr">) {
  const payments = await db
    .selectFrom("payments")
    .selectAll()
    .where("customer_id", "=", userId)
    .limit(rowsOfPersonMax)
    .execute();
  const bookingIds = [...new Set(payments.map((payment) => payment.booking_id))];
  const refunds = await sql<object>`select * from refunds
    where booking_id = any(${bookingIds}) limit ${rowsOfPersonMax}`.execute(db);
  const orders = await sql<object>`select * from refund_orders
    where booking_id = any(${bookingIds}) or ordered_by = ${userId} limit ${rowsOfPersonMax}`.execute(db);
  const events = await sql<object>`select * from stripe_events
    where booking_id = any(${bookingIds}) limit ${rowsOfPersonMax}`.execute(db);
  const documents = await db
    .selectFrom("documents")
    .selectAll()
    .where(sql<boolean>`booking_id = any(${bookingIds})`)
    .limit(rowsOfPersonMax)
    .execute();
  const members = await db
    .selectFrom("vendor_members")
    .selectAll()
    .where("user_id", "=", userId)
    .where("role", "is not", null)
    .limit(rowsOfPersonMax)
    .execute();
  const data: PersonalData = {
    payments: readableRows(payments),
    refunds: readableRows(refunds.rows),
    refundOrders: readableRows(orders.rows),
    stripeEvents: readableRows(events.rows),
    documents: readableRows(documents),
    memberships: readableRows(members),
  };
  return { data, bookingsToCome: 0, vendorsOwned: 0 };
}
