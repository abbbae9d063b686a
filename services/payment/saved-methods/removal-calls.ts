/** Has removed methods detached at the provider, and records what came of it. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Selectable } from "kysely";
import type { CustomerCallDeps } from "../customers/customer-calls.ts";
import type { RemovedMethodTable } from "../customers/customer-tables.ts";
import type { PaymentTables } from "../database.ts";
import type { DetachAnswer } from "../providers/customer-provider.ts";
import { takeUpDue } from "../written-calls/take-up-due.ts";
import { claimed } from "../written-calls/written-call.ts";
import { answerOf, type Job } from "../written-calls/written-calls.ts";
import { applyDetachAnswer, type Removal } from "./removal.ts";

export type RemovalCallDeps = Pick<
  CustomerCallDeps,
  "transact" | "decider" | "customerProvider" | "written" | "log"
>;

type Unit = UnitOfWork<PaymentTables>;

function toRemoval(row: Selectable<RemovedMethodTable>): Removal {
  return {
    methodId: row.method_id,
    userId: row.user_id,
    call: row.call,
    calls: row.calls,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at,
    parkedReason: row.parked_reason,
    createdAt: row.created_at,
  };
}

function toRow(removal: Removal) {
  return {
    call: removal.call === null ? null : JSON.stringify(removal.call),
    calls: removal.calls,
    failures: removal.failures,
    next_attempt_at: removal.nextAttemptAt,
    parked_reason: removal.parkedReason,
  };
}

/** Adds a removal; false where the method was removed before. */
export async function insertRemoval({ tx }: Unit, removal: Removal): Promise<boolean> {
  const inserted = await tx
    .insertInto("removed_methods")
    .values({
      method_id: removal.methodId,
      user_id: removal.userId,
      created_at: removal.createdAt,
      ...toRow(removal),
    })
    .onConflict((on) => on.column("method_id").doNothing())
    .returning("method_id")
    .executeTakeFirst();
  return inserted !== undefined;
}

async function writeRemoval({ tx }: Unit, removal: Removal): Promise<void> {
  await tx
    .updateTable("removed_methods")
    .set(toRow(removal))
    .where("method_id", "=", removal.methodId)
    .execute();
}

/** The removal's call as it is to be made; none where it is done. */
export function removalJobs(deps: RemovalCallDeps, removal: Removal): Job[] {
  const { call, methodId } = removal;
  if (call === null) return [];
  const { key } = call;
  const make = async () => {
    const answer = await answerOf(deps.log, key, () => deps.customerProvider.detachMethod(methodId));
    return { answer, record: () => record(deps, methodId, key, answer) };
  };
  return [{ subject: methodId, purpose: "method-detach", key, make }];
}

async function record(
  { transact, decider, log }: RemovalCallDeps,
  methodId: string,
  key: string,
  answer: DetachAnswer,
): Promise<null> {
  await transact(async (unit) => {
    const row = await unit.tx
      .selectFrom("removed_methods")
      .selectAll()
      .where("method_id", "=", methodId)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return;
    const before = toRemoval(row);
    const after = applyDetachAnswer(before, { key, answer }, decider.circumstances());
    await writeRemoval(unit, after);
    if (after.parkedReason !== null && before.parkedReason === null) {
      const { userId, parkedReason: reason } = after;
      log.error({ userId, methodId, reason }, "a removed payment method is parked for a person");
    }
  });
  return null;
}

/** Takes up removals whose time has come: calls that failed or that a dead process left. Is there perhaps more? */
export function takeDueRemovals(deps: RemovalCallDeps, aheadMs = 0): Promise<boolean> {
  return takeUpDue(
    deps,
    {
      table: "removed_methods",
      read: toRemoval,
      takeUp: claimed,
      write: (unit, _before, after) => writeRemoval(unit, after),
      jobsOf: (removal) => removalJobs(deps, removal),
    },
    aheadMs,
  );
}
