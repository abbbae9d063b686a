/** Makes the calls about customers that are written down, and records what they came to. */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import { instantAt } from "../payments/payment.ts";
import type { CallStarter } from "../payments/take-booking-events.ts";
import type { CustomerProvider } from "../providers/customer-provider.ts";
import { answerOf, type Job, type WrittenCalls } from "../written-calls/written-calls.ts";
import {
  applyCustomerAnswer,
  type Customer,
  type CustomerAnswer,
  standingOf,
  takeUpCustomer,
} from "./customer.ts";
import { lockCustomers, toCustomer, writeCustomer } from "./customer-rows.ts";
import { resumeCharges } from "./resume-charges.ts";

export interface CustomerCallDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly customerProvider: CustomerProvider;
  readonly written: WrittenCalls;
  /** Charges that waited are begun. */
  readonly calls: CallStarter;
  readonly log: Logger;
}

/** Customers taken up in one transaction at most. */
const batchMax = 50;

/** The customer's call as it is to be made; none where none is written down. */
export function customerJobs(deps: CustomerCallDeps, customer: Customer): Job[] {
  const { call, userId } = customer;
  if (call === null) return [];
  const { purpose, key } = call;
  const make = async () => {
    const answer = await answerOf(deps.log, key, () =>
      deps.customerProvider.callAboutCustomer({ purpose, key, customer }),
    );
    return { answer, record: () => record(deps, customer, key, answer) };
  };
  // A guest waits for it, as for the authorisation that comes next.
  const lane = purpose === "delete" ? "background" : "authorise";
  return [{ subject: userId, purpose: `customer-${purpose}`, key, lane, make }];
}

async function record(
  deps: CustomerCallDeps,
  { userId }: Customer,
  key: string,
  answer: CustomerAnswer,
): Promise<Job | null> {
  const { transact, decider, log } = deps;
  return transact(async (unit) => {
    const [before] = await lockCustomers(unit, [userId]);
    if (before === undefined) return null;
    const after = applyCustomerAnswer(before, { key, answer }, decider.circumstances());
    await writeCustomer(unit, before, after, decider.machineNow());
    const standing = standingOf(after);
    if (standing !== "coming") {
      const customerId = standing === "never" ? null : standing.customerId;
      await resumeCharges(deps, unit, { userId, customerId });
    }
    if (after.parkedReason !== null && before.parkedReason === null) {
      log.error({ userId, reason: after.parkedReason }, "a guest's customer is parked for a person");
    }
    const follows = after.call !== null && after.call.key !== key;
    return follows ? (customerJobs(deps, after)[0] ?? null) : null;
  });
}

/** Takes up customers whose time has come: calls that failed or that a dead process left. Is there perhaps more? */
export async function takeDueCustomers(deps: CustomerCallDeps, aheadMs = 0): Promise<boolean> {
  const { transact, decider, written } = deps;
  const limit = Math.min(batchMax, written.room());
  if (limit <= 0) return false;
  const claimed = await transact(async (unit) => {
    const circumstances = decider.circumstances();
    const rows = await unit.tx
      .selectFrom("customers")
      .selectAll()
      .where("next_attempt_at", "<=", instantAt(circumstances.nowMs + aheadMs))
      .orderBy("next_attempt_at")
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    const taken: Customer[] = [];
    for (const before of rows.map(toCustomer)) {
      const after = takeUpCustomer(before, circumstances);
      await writeCustomer(unit, before, after, decider.machineNow());
      taken.push(after);
    }
    return taken;
  });
  written.begin(claimed.flatMap((customer) => customerJobs(deps, customer)));
  return claimed.length === limit;
}
