/** Acts on stored events: moves payments forward, or has their intents read again. */
import type { Logger } from "@holdfast/chassis/log";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { sql } from "kysely";
import type { Stripe } from "stripe";
import type { EventOutcome, PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { lookAtDisputes } from "../disputes/look-at-disputes.ts";
import { absorbIntent } from "../payments/absorb-intent.ts";
import type { Decider } from "../payments/decider.ts";
import { ChargeBook } from "../payments/charge-book.ts";
import { type Charges, type Circumstances, type Payment, type Step, unchanged } from "../payments/payment.ts";
import type { PaymentCalls } from "../payments/payment-calls.ts";
import { lockCharges, writeSteps } from "../payments/payment-rows.ts";
import { draftOf, lookNow, proceed } from "../payments/plan-call.ts";
import { lookAtAccounts } from "../payouts/look-at-accounts.ts";
import { type AboutEvent, aboutEvent } from "./about-event.ts";
import { isOfErased } from "./erased-events.ts";
import { chargeOf, judge, type Notice } from "./notice.ts";

export interface ApplyDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly calls: PaymentCalls;
  readonly log: Logger;
}

interface Waiting {
  readonly id: string;
  readonly about: AboutEvent;
}

/** Events acted on in one transaction at most. */
const batchMax = 100;

function apply(
  payment: Payment,
  charges: Charges,
  notice: Notice,
  outcome: EventOutcome,
  circumstances: Circumstances,
): Step {
  const draft = draftOf(payment, charges);
  if (outcome === "applied" && notice.facts !== null) absorbIntent(draft, notice.facts, circumstances);
  else if (outcome === "looked") lookNow(draft, circumstances);
  else return unchanged(payment);
  return proceed(draft, circumstances);
}

interface Acted {
  readonly id: string;
  readonly outcome: EventOutcome;
}

/** Acts on an event about a charge, after those before it. */
function actOnCharge(
  book: ChargeBook,
  id: string,
  notice: Notice,
  { decider, log }: ApplyDeps,
): EventOutcome {
  const charges = book.of(notice.bookingId);
  const payment = chargeOf(charges, notice);
  const outcome = judge(payment, notice);
  if (outcome === "mismatch") {
    const { bookingId, intentId } = notice;
    log.error(
      { eventId: id, bookingId, intentId, paymentId: payment?.id, security: true },
      "a Stripe event contradicts the payment it names; it was not applied",
    );
  }
  if (payment !== undefined) book.take(apply(payment, charges, notice, outcome, decider.circumstances()));
  return outcome;
}

async function act(
  unit: UnitOfWork<PaymentTables>,
  deps: ApplyDeps,
  waiting: readonly Waiting[],
): Promise<Acted[]> {
  const { decider, calls, log } = deps;
  const all = waiting.map(({ about }) => about);
  const bookingIds = all.flatMap(({ notice }) => notice?.bookingId ?? []);
  const book = new ChargeBook(bookingIds.length === 0 ? new Map() : await lockCharges(unit, bookingIds));
  const accountIds = all.flatMap(({ changedAccount }) => changedAccount ?? []);
  const lookedAt = await lookAtAccounts(unit, decider, accountIds);
  const disputeIds = all.flatMap(({ disputeId }) => disputeId ?? []);
  await lookAtDisputes(unit, decider, disputeIds);
  const outcomeOf = ({ id, about }: Waiting): EventOutcome => {
    const { notice, changedAccount, disputeId, isElsewhere } = about;
    if (isElsewhere) {
      const why = "a Stripe event happened in an account that its like cannot be of; it was not applied";
      log.error({ eventId: id, security: true }, why);
      return "mismatch";
    }
    if (disputeId !== null) return "looked";
    if (changedAccount !== null) return lookedAt.has(changedAccount) ? "looked" : "foreign";
    return notice === null ? "ignored" : actOnCharge(book, id, notice, deps);
  };
  const acted = waiting.map((each) => ({ id: each.id, outcome: outcomeOf(each) }));
  const changed = book.changed();
  await writeSteps(unit, changed, decider.now(), decider.machineNow());
  await noteSettlements(unit, book, decider.now());
  unit.afterCommit(() => calls.begin(changed.filter(({ begins }) => begins).map(({ payment }) => payment)));
  return acted;
}

/**
 * Acts on events stored and not yet acted on, oldest first. Those of a payment whose call is in hand here wait for a
 * moment: the call's own answer makes nearly all of them old news. Says whether there may be more.
 */
export async function applyStoredEvents(deps: ApplyDeps, olderThanMs: number): Promise<boolean> {
  const { transact, decider } = deps;
  const before = Temporal.Instant.from(decider.machineNow())
    .subtract({ milliseconds: olderThanMs })
    .toString();
  const count = await transact(async (unit) => {
    const rows = await unit.tx
      .selectFrom("stripe_events")
      .select(["id", "payload"])
      .where("processed_at", "is", null)
      .where("received_at", "<=", before)
      .orderBy("received_at")
      .limit(batchMax)
      .forUpdate()
      .skipLocked()
      .execute();
    if (rows.length === 0) return 0;
    // Written by `storeEvents` from a body whose signature was checked.
    const waiting = rows.map(({ id, payload }) => ({ id, about: aboutEvent(payload as Stripe.Event) }));
    const acted = await act(unit, deps, waiting);
    await markProcessed(unit, acted, decider.machineNow());
    return rows.length;
  });
  return count === batchMax;
}

const ofErased = sql.raw(isOfErased("stripe_events"));

async function markProcessed(
  { tx }: UnitOfWork<PaymentTables>,
  acted: readonly Acted[],
  nowAt: string,
): Promise<void> {
  const outcomes = new Map<EventOutcome, string[]>();
  for (const { id, outcome } of acted) outcomes.set(outcome, [...(outcomes.get(outcome) ?? []), id]);
  for (const [outcome, ids] of outcomes) {
    await tx
      .updateTable("stripe_events")
      .set({ outcome, processed_at: nowAt, payload: sql`case when ${ofErased} then '{}' else payload end` })
      .where("id", "=", (eb) => eb.fn.any(eb.val(ids)))
      .execute();
  }
}
