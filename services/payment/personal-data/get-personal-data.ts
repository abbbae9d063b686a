/** What payment keeps about a person. */
import { readableRows, rowsOfPersonMax } from "@holdfast/chassis/readable-rows";
import type { PersonalData } from "@holdfast/contracts/api/personal-data";
import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import { allMethods, type ListMethodsDeps } from "../saved-methods/list-methods.ts";

/**
 * Their payments, what was given back, what they can pay by again, what Stripe told about them, and which vendors they act
 * for.
 * @throws as `listMethods` does
 */
export async function getPersonalData(deps: ListMethodsDeps, userId: Id<"usr">) {
  const { db } = deps;
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
  const customers = await db.selectFrom("customers").selectAll().where("user_id", "=", userId).execute();
  const data: PersonalData = {
    customers: readableRows(customers),
    paymentMethods: readableRows(await allMethods(deps, userId)),
    payments: readableRows(payments),
    refunds: readableRows(refunds.rows),
    refundOrders: readableRows(orders.rows),
    stripeEvents: readableRows(events.rows),
    documents: readableRows(documents),
    memberships: readableRows(members),
  };
  return { data, bookingsToCome: 0, vendorsOwned: 0 };
}
