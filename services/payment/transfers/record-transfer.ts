/** Records what the provider made of a transfer or reversal: with its postings, its events, and what is open again. */
import assert from "node:assert";
import type { Logger } from "@holdfast/chassis/log";
import type { Transact, UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { transferReversed, transferSent } from "@holdfast/contracts/events/payment";
import type { PaymentTables } from "../database.ts";
import { merged, type Posting } from "../ledger/accounts.ts";
import { post } from "../ledger/post.ts";
import type { Decider } from "../payments/decider.ts";
import { lockAccount, writeAccount } from "../payouts/account-rows.ts";
import { lookedSoon } from "../payouts/payout-account.ts";
import { parkPayout, unparkPayout } from "./parked-payouts.ts";
import { lockTransfer, releaseClaimed, writeTransfer } from "./transfer-rows.ts";
import { applyTransferAnswer, type Transfer, type TransferAnswer } from "./transfer.ts";

export interface RecordDeps {
  readonly transact: Transact<PaymentTables>;
  readonly decider: Decider;
  readonly log: Logger;
}

type Unit = UnitOfWork<PaymentTables>;

/** What money that has moved means for the books. */
export function transferPosting(transfer: Transfer): Posting {
  const { id, vendorId, currency, amountMinor, payableMinor, taxMinor, reverses } = transfer;
  const sign = reverses === null ? 1 : -1;
  return {
    kind: reverses === null ? "transfer" : "transfer-reversal",
    cause: id,
    bookingId: reverses?.bookingId ?? null,
    vendorId,
    entries: merged([
      { account: "vendor-payable", currency, amountMinor: sign * payableMinor },
      { account: "tax", currency, amountMinor: sign * taxMinor },
      { account: "stripe", currency, amountMinor: -sign * amountMinor },
    ]),
  };
}

async function afterSent(unit: Unit, transfer: Transfer, time: Temporal.Instant): Promise<void> {
  const { id, vendorId, amountMinor, currency, version } = transfer;
  const data = { transferId: id, vendorId, amount: { amountMinor, currency } };
  unit.announce(transferSent, { subject: id, version, data, time });
  await unparkPayout(unit, transfer);
}

/** The items are open again, and it is tried again in its time; the account may be why it was refused. */
async function afterRefused(unit: Unit, decider: Decider, transfer: Transfer): Promise<void> {
  await releaseClaimed(unit, transfer.id);
  await parkPayout(unit, transfer, decider.circumstances());
  const account = await lockAccount(unit, transfer.vendorId);
  if (account === undefined) return;
  const times = { now: decider.now(), machineNow: decider.machineNow() };
  await writeAccount(unit, account, lookedSoon(account, decider.circumstances()), times);
}

/** What was reversed, or could not be, is taken off what was being reversed; the transfer itself stays sent. */
async function afterReversal(unit: Unit, decider: Decider, reversal: Transfer): Promise<void> {
  const { id, reverses, vendorId, amountMinor, currency, state } = reversal;
  assert(reverses !== null, "a reversal reverses something");
  const of = await lockTransfer(unit, reverses.transferId);
  assert(of, "what was sent stays known");
  const isDone = state === "sent";
  const version = of.version + (isDone ? 1 : 0);
  const reversedMinor = of.reversedMinor + (isDone ? amountMinor : 0);
  const reversingMinor = of.reversingMinor - amountMinor;
  await writeTransfer(unit, { ...of, version, reversedMinor, reversingMinor }, decider.machineNow());
  if (!isDone) return;
  const { transferId, bookingId } = reverses;
  const amount = { amountMinor, currency };
  const data = { transferId, reversalId: id, vendorId, bookingId, amount };
  unit.announce(transferReversed, { subject: transferId, version, data, time: decider.now() });
}

/** The transfer as it then stands; null where there is none. */
export async function recordTransfer(
  { transact, decider, log }: RecordDeps,
  { id, vendorId }: Transfer,
  { key, answer }: { readonly key: string; readonly answer: TransferAnswer },
): Promise<Transfer | null> {
  return transact(async (unit) => {
    // Before everything else of the vendor's, as whoever plans for it does.
    await lockAccount(unit, vendorId);
    const before = await lockTransfer(unit, id);
    if (before === undefined) return null;
    const now = decider.now();
    const answered = { key, answer, at: now.toString() };
    const after = applyTransferAnswer(before, answered, decider.circumstances());
    if (after === before) return after;
    await writeTransfer(unit, after, decider.machineNow());
    const hasEnded = after.state !== before.state;
    if (hasEnded && after.state === "sent") await post(unit, [transferPosting(after)], now);
    if (hasEnded && after.reverses !== null) await afterReversal(unit, decider, after);
    else if (hasEnded && after.state === "sent") await afterSent(unit, after, now);
    else if (hasEnded) await afterRefused(unit, decider, after);
    tellOfTrouble(log, before, after);
    return after;
  });
}

function tellOfTrouble(log: Logger, before: Transfer, after: Transfer): void {
  const { id: transferId, vendorId, state, reason, parkedReason, reverses } = after;
  const about = { transferId, vendorId };
  if (parkedReason !== null && before.parkedReason === null) {
    log.error({ ...about, reason: parkedReason }, "a transfer is parked for a person");
  }
  if (state !== "refused" || before.state === "refused") return;
  const said =
    reverses === null ? "a transfer was refused" : "a reversal was refused: the vendor owes it still";
  log.error({ ...about, reason }, said);
}
