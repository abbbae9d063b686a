/** Makes the looks at disputes that are written down, and records what they came to. */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { PaymentTables } from "../database.ts";
import { post } from "../ledger/post.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { ChargeBook } from "../payments/charge-book.ts";
import type { Decider } from "../payments/decider.ts";
import type { Payment } from "../payments/payment.ts";
import type { CallStarter } from "../payments/take-booking-events.ts";
import { lockCharges, writeSteps } from "../payments/payment-rows.ts";
import type { DisputeProvider } from "../providers/dispute-provider.ts";
import { takeUpDue } from "../written-calls/take-up-due.ts";
import { answerOf, type Job, type WrittenCalls } from "../written-calls/written-calls.ts";
import { decideDispute } from "./decide-dispute.ts";
import { type Dispute, type DisputeAnswer, takeUpDispute } from "./dispute.ts";
import { lockDisputes, toDispute, writeDispute } from "./dispute-rows.ts";

type Unit = UnitOfWork<PaymentTables>;

export interface DisputeCallDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly provider: DisputeProvider;
  readonly written: WrittenCalls;
  /** Refunds that waited for a decision are begun. */
  readonly calls: CallStarter;
  readonly log: Logger;
}

/** The dispute's call as it is to be made; none where none is written down. */
function disputeJobs(deps: DisputeCallDeps, dispute: Dispute): Job[] {
  const { call, providerId } = dispute;
  if (call === null) return [];
  const { purpose, key } = call;
  const make = async () => {
    const answer = await answerOf(deps.log, key, () => deps.provider.lookAtDispute(providerId));
    return { answer, record: () => record(deps, providerId, { key, answer }) };
  };
  return [{ subject: providerId, purpose: `dispute-${purpose}`, key, make }];
}

interface Answered {
  readonly key: string;
  readonly answer: DisputeAnswer;
}

/** Is another dispute about the same charge open, of which nothing may be given back? */
async function areOthersOpen({ tx }: Unit, { id }: Dispute, payment: Payment | undefined): Promise<boolean> {
  if (payment === undefined) return false;
  const other = await tx
    .selectFrom("disputes")
    .select("id")
    .where("booking_id", "=", payment.bookingId)
    .where("payment_id", "=", payment.id)
    .where("state", "=", "open")
    .where("refundable", "=", false)
    .where("id", "<>", id)
    .executeTakeFirst();
  return other !== undefined;
}

/** What a vendor is owed of a disputed booking is sent only once no dispute about it is open. */
async function freezeItems({ tx }: Unit, bookingId: Payment["bookingId"]): Promise<void> {
  const open = await tx
    .selectFrom("disputes")
    .select("id")
    .where("booking_id", "=", bookingId)
    .where("state", "=", "open")
    .executeTakeFirst();
  const frozen = open !== undefined;
  await tx
    .updateTable("vendor_items")
    .set({ frozen })
    .where("booking_id", "=", bookingId)
    .where("transfer_id", "is", null)
    .where("frozen", "<>", frozen)
    .execute();
}

async function record(deps: DisputeCallDeps, providerId: string, answered: Answered): Promise<null> {
  const { transact, decider, calls, log } = deps;
  const { answer } = answered;
  const facts = answer.outcome === "done" ? answer.dispute : null;
  await transact(async (unit) => {
    // Charges before disputes, as everywhere.
    const book = new ChargeBook(facts?.bookingId ? await lockCharges(unit, [facts.bookingId]) : new Map());
    const [before] = await lockDisputes(unit, [providerId]);
    if (before === undefined) return;
    const charges = facts?.bookingId ? book.of(facts.bookingId) : [];
    const payment = charges.find(({ intentId }) => intentId === facts?.intentId);
    const othersOpen = await areOthersOpen(unit, before, payment);
    const circumstances = decider.circumstances();
    const decided = decideDispute(before, answered, { charges, othersOpen, circumstances });
    const { dispute: after, step, postings, announced } = decided;
    await writeDispute(unit, { before, after }, decider.machineNow());
    if (step !== null) book.take(step);
    const changed = book.changed();
    const now = decider.now();
    await writeSteps(unit, changed, now, decider.machineNow());
    await noteSettlements(unit, book, now);
    await post(unit, postings, now);
    if (after.of !== null) await freezeItems(unit, after.of.bookingId);
    for (const { event, version, data } of announced) {
      const traceparent = after.traceparent ?? undefined;
      unit.announce(event, { subject: after.id, version, data, traceparent, time: now });
    }
    unit.afterCommit(() => {
      calls.begin(changed.filter(({ begins }) => begins).map((each) => each.payment));
      if (after.parkedReason === null || before.parkedReason !== null) return;
      const { id, parkedReason: reason } = after;
      log.error({ disputeId: id, providerId, reason }, "a dispute is parked for a person");
    });
  });
  return null;
}

/** Takes up disputes whose time has come: looks that failed or that a dead process left, and further ones. Is there perhaps more? */
export function takeDueDisputes(deps: DisputeCallDeps, aheadMs = 0): Promise<boolean> {
  return takeUpDue(
    deps,
    {
      table: "disputes",
      read: toDispute,
      takeUp: takeUpDispute,
      write: (unit, before, after) => writeDispute(unit, { before, after }, deps.decider.machineNow()),
      jobsOf: (dispute) => disputeJobs(deps, dispute),
    },
    aheadMs,
  );
}
