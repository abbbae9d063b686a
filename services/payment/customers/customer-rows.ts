/** Reads customers, and writes back what was decided about them. They are locked before any payment. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { PaymentTables } from "../database.ts";
import type { Customer } from "./customer.ts";
import type { CustomerTable } from "./customer-tables.ts";

type Unit = Pick<UnitOfWork<PaymentTables>, "tx">;

/** A row as the core sees it. */
export function toCustomer(row: Selectable<CustomerTable>): Customer {
  return {
    userId: row.user_id,
    providerId: row.provider_id,
    isErased: row.erased,
    reason: row.reason,
    call: row.call,
    calls: row.calls,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at,
    parkedReason: row.parked_reason,
    createdAt: row.created_at,
  };
}

function toRow(customer: Customer) {
  return {
    user_id: customer.userId,
    provider_id: customer.providerId,
    erased: customer.isErased,
    reason: customer.reason,
    call: customer.call === null ? null : JSON.stringify(customer.call),
    calls: customer.calls,
    failures: customer.failures,
    next_attempt_at: customer.nextAttemptAt,
    parked_reason: customer.parkedReason,
  };
}

/** The person's customer, if there ever was one. */
export async function findCustomer(
  db: Kysely<PaymentTables>,
  userId: Id<"usr">,
): Promise<Customer | undefined> {
  const row = await db.selectFrom("customers").selectAll().where("user_id", "=", userId).executeTakeFirst();
  return row && toCustomer(row);
}

/** These people's customers in the order of their ids, nobody else's to change until the commit. */
export async function lockCustomers({ tx }: Unit, userIds: readonly Id<"usr">[]): Promise<Customer[]> {
  const rows = await tx
    .selectFrom("customers")
    .selectAll()
    .where("user_id", "=", (eb) => eb.fn.any(eb.val([...new Set(userIds)])))
    .orderBy("user_id")
    .forUpdate()
    .execute();
  return rows.map(toCustomer);
}

/** Adds those that are not there yet. */
export async function insertCustomers({ tx }: Unit, customers: readonly Customer[]): Promise<void> {
  const rows = customers
    .map((customer) => ({ ...toRow(customer), created_at: customer.createdAt }))
    .toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1));
  await tx
    .insertInto("customers")
    .values(rows)
    .onConflict((on) => on.column("user_id").doNothing())
    .execute();
}

/** Writes what was decided about a locked customer. */
export async function writeCustomer(
  { tx }: Unit,
  before: Customer,
  after: Customer,
  nowAt: string,
): Promise<void> {
  if (before === after) return;
  await tx
    .updateTable("customers")
    .set({ ...toRow(after), updated_at: nowAt })
    .where("user_id", "=", after.userId)
    .execute();
}
