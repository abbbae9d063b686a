import type { Stripe } from "stripe";
import { announce, type Account } from "./account.ts";
import { book } from "./balance-transactions.ts";
import { moveHeld } from "./connected-accounts.ts";
import { conflictingState, noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { Transfer, TransferReversal, TransferReversalObject } from "./objects.ts";
import { clearableText, mergedMetadata, optionalFlag, optionalInteger } from "./parameters.ts";
import { Shelf } from "./shelf.ts";
import { requireTransfer } from "./transfers.ts";

// Stripe shows the ten most recent with the transfer itself.
const shownWithTransfer = 10;
const maximumReversals = 500;

function checkedAmount({ id, object, reversalIds }: Transfer, asked: number | undefined): number {
  const left = object.amount - object.amount_reversed;
  if (left === 0 || reversalIds.length >= maximumReversals) {
    throw conflictingState(undefined, `Transfer ${id} has already been fully reversed.`);
  }
  const amount = asked ?? left;
  if (amount <= left) return amount;
  throw conflictingState(
    undefined,
    `Reversal amount (${amount}) is greater than unreversed amount on transfer (${left}), in minor units of ${object.currency}`,
    { param: "amount" },
  );
}

/** Takes a transfer back from its connected account, all of it or a part. */
export function createReversal(account: Account, id: string, form: Form): TransferReversalObject {
  const asked = optionalInteger(form, "amount", 1);
  const description = clearableText(form, "description") ?? null;
  const metadata = mergedMetadata({}, form);
  optionalFlag(form, "refund_application_fee");
  const transfer = requireTransfer(account, id);
  const amount = checkedAmount(transfer, asked);
  const { currency, destination } = transfer.object;
  const connected = account.accounts.get(destination);
  if (connected !== undefined) {
    if (account.checksBalances() && amount > (connected.held[currency] ?? 0)) {
      throw conflictingState(
        "balance_insufficient",
        "The connected account has insufficient available funds to cover the reversal of this transfer.",
      );
    }
    moveHeld(account, connected, currency, -amount);
  }
  const reversalId = newId("trr");
  const transaction = book(account, {
    type: "transfer_refund",
    amount,
    currency,
    source: reversalId,
    description,
  });
  const object: TransferReversalObject = {
    id: reversalId,
    object: "transfer_reversal",
    amount,
    balance_transaction: transaction.id,
    created: account.nowSeconds(),
    currency,
    destination_payment_refund: newId("pyr"),
    metadata,
    source_refund: null,
    transfer: id,
  };
  account.transferReversals.put({ id: reversalId, object });
  transfer.reversalIds.push(reversalId);
  const reversed = transfer.object.amount_reversed + amount;
  transfer.object = {
    ...transfer.object,
    amount_reversed: reversed,
    reversed: reversed === transfer.object.amount,
  };
  showReversals(account, transfer);
  announce(account, { type: "transfer.reversed", object: transfer.object });
  return object;
}

function showReversals(account: Account, transfer: Transfer): void {
  const newest = transfer.reversalIds.toReversed().slice(0, shownWithTransfer);
  const data = newest.flatMap((id) => account.transferReversals.get(id)?.object ?? []);
  const { reversals } = transfer.object;
  const has_more = transfer.reversalIds.length > shownWithTransfer;
  transfer.object = { ...transfer.object, reversals: { ...reversals, data, has_more } };
}

function requireReversal(account: Account, transferId: string, id: string): TransferReversal {
  requireTransfer(account, transferId);
  const reversal = account.transferReversals.get(id);
  if (reversal === undefined || reversal.object.transfer !== transferId) {
    throw noSuch("transfer_reversal", id, "id");
  }
  return reversal;
}

export function retrieveReversal(account: Account, transferId: string, id: string): TransferReversalObject {
  return requireReversal(account, transferId, id).object;
}

export function updateReversal(
  account: Account,
  transferId: string,
  id: string,
  form: Form,
): TransferReversalObject {
  const reversal = requireReversal(account, transferId, id);
  reversal.object = { ...reversal.object, metadata: mergedMetadata(reversal.object.metadata, form) };
  showReversals(account, requireTransfer(account, transferId));
  return reversal.object;
}

export function listReversals(
  account: Account,
  id: string,
  form: Form,
): Stripe.ApiList<TransferReversalObject> {
  const shelf = new Shelf<TransferReversal>();
  for (const reversalId of requireTransfer(account, id).reversalIds) {
    const reversal = account.transferReversals.get(reversalId);
    if (reversal !== undefined) shelf.put(reversal);
  }
  return page(form, shelf, `/v1/transfers/${id}/reversals`, () => true);
}
