/** Takes a payment method away from its guest, who asked for it: it is listed no more, and detached at the provider. */
import { type Answer, type Call, callerOf, noContent } from "@holdfast/chassis/endpoint";
import { idempotent, type RepetitionDeps, unlessAnswered } from "@holdfast/chassis/idempotency";
import { unavailable } from "@holdfast/chassis/problems";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { removePaymentMethod as endpoint } from "@holdfast/contracts/api/payment-methods";
import type { Id } from "@holdfast/contracts/ids";
import { type Kysely, sql } from "kysely";
import { findCustomer } from "../customers/customer-rows.ts";
import type { PaymentTables } from "../database.ts";
import { methodAwaited, methodNotFound, providerRefused } from "../problems.ts";
import { newRemoval } from "./removal.ts";
import { insertRemoval, type RemovalCallDeps, removalJobs } from "./removal-calls.ts";

export type RemoveMethodDeps = RemovalCallDeps &
  RepetitionDeps<PaymentTables> & { readonly db: Kysely<PaymentTables> };

interface Asked {
  readonly userId: Id<"usr">;
  readonly methodId: string;
}

/**
 * Again, it changes nothing.
 * @throws methodNotFound also for somebody else's, methodAwaited, providerRefused; unavailable while the provider does not answer
 */
export async function removeMethod(
  deps: RemoveMethodDeps,
  call: Call<typeof endpoint>,
): Promise<Answer<undefined>> {
  const asked = { userId: callerOf(call).userId as Id<"usr">, methodId: call.params.paymentMethodId };
  return unlessAnswered(deps, call, async () => {
    // Whose it is, only the provider can say, and it is not asked inside the transaction.
    const isRemoved = await wasRemoved(deps.db, asked);
    if (!isRemoved) await requireOwn(deps, asked);
    return idempotent(deps, call, async (unit) => {
      if (!isRemoved) await remove(deps, unit, asked);
      return noContent();
    });
  });
}

async function wasRemoved(db: Kysely<PaymentTables>, { userId, methodId }: Asked): Promise<boolean> {
  const row = await db
    .selectFrom("removed_methods")
    .select("method_id")
    .where("method_id", "=", methodId)
    .where("user_id", "=", userId)
    .executeTakeFirst();
  return row !== undefined;
}

async function requireOwn(
  { db, customerProvider }: RemoveMethodDeps,
  { userId, methodId }: Asked,
): Promise<void> {
  const customerId = (await findCustomer(db, userId))?.providerId ?? null;
  if (customerId === null) throw methodNotFound();
  const found = await customerProvider.ownsMethod({ customerId, methodId });
  if (found.outcome === "failed") throw unavailable("The payment provider does not answer right now.");
  if (found.outcome === "refused") throw providerRefused();
  if (!found.owns) throw methodNotFound();
}

async function remove(
  deps: RemoveMethodDeps,
  unit: UnitOfWork<PaymentTables>,
  { userId, methodId }: Asked,
): Promise<void> {
  if (await isAwaited(unit, { userId, methodId })) throw methodAwaited();
  const removal = newRemoval(methodId, userId, deps.decider.circumstances());
  if (!(await insertRemoval(unit, removal))) return;
  unit.afterCommit(() => deps.written.begin(removalJobs(deps, removal)));
}

/** Is a balance still to be taken by it? What a guest agreed to pay later is not called off by taking the card away. */
async function isAwaited({ tx }: UnitOfWork<PaymentTables>, { userId, methodId }: Asked): Promise<boolean> {
  const { rows } = await sql`select from payments first
    join payments balance on balance.booking_id = first.booking_id and balance.collection is not null
    where first.customer_id = ${userId} and first.charge = 1 and first.used_method = ${methodId}
      and balance.asked = 'capture' and balance.status in ('requested', 'action-required') limit 1`.execute(
    tx,
  );
  return rows.length > 0;
}
