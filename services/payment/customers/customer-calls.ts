/** Makes the calls about customers that are written down, and records what they came to. */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import type { Decider } from "../payments/decider.ts";
import type { CallStarter } from "../payments/take-booking-events.ts";
import type { CustomerProvider } from "../providers/customer-provider.ts";
import { takeUpDue } from "../written-calls/take-up-due.ts";
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
export function takeDueCustomers(deps: CustomerCallDeps, aheadMs = 0): Promise<boolean> {
  return takeUpDue(
    deps,
    {
      table: "customers",
      read: toCustomer,
      takeUp: takeUpCustomer,
      write: (unit, before, after) => writeCustomer(unit, before, after, deps.decider.machineNow()),
      jobsOf: (customer) => customerJobs(deps, customer),
    },
    aheadMs,
  );
}
