import type { Stripe } from "stripe";
import { announce, type Account } from "./account.ts";
import { balanceOf, book, forgetTransactionsOf } from "./balance-transactions.ts";
import { moveHeld, requireDestination } from "./connected-accounts.ts";
import { conflictingState, noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { Charge, Transfer, TransferObject } from "./objects.ts";
import {
  checkTransferAmount,
  clearableText,
  mergedMetadata,
  missing,
  optionalInteger,
  optionalText,
  requiredCurrency,
  requiredText,
} from "./parameters.ts";

/** The transfer a path names. @throws Refusal `resource_missing` */
export function requireTransfer(account: Account, id: string): Transfer {
  const transfer = account.transfers.get(id);
  if (transfer === undefined) throw noSuch("transfer", id, "id");
  return transfer;
}

function sourceCharge(account: Account, id: string): Charge {
  const charge = account.charges.get(id);
  if (charge === undefined) throw noSuch("charge", id, "source_transaction", 400);
  if (charge.object.balance_transaction === null) {
    throw conflictingState(
      undefined,
      `The charge ${id} has not been captured, so it cannot be the source of a transfer.`,
      { param: "source_transaction" },
    );
  }
  return charge;
}

/** @throws Refusal when the charge has less left than is to be transferred of it */
function checkSource(account: Account, charge: Charge, amount: number, currency: string): void {
  if (currency !== charge.object.currency) {
    throw conflictingState(
      undefined,
      `The currency of source_transaction's balance transaction (${charge.object.currency}) must be the same as the transfer currency (${currency})`,
      { param: "currency" },
    );
  }
  const used = transferredOf(account, charge.id);
  const { amount_captured: captured } = charge.object;
  if (amount + used <= captured) return;
  throw conflictingState(
    undefined,
    `Transfers using this transaction as a source must not exceed the source amount of ${captured} in minor units of ${currency}. (There are already transfers using this source, amounting to a total of ${used}.)`,
    { param: "amount" },
  );
}

/** What was transferred of a charge and not taken back. */
function transferredOf(account: Account, chargeId: string): number {
  let sum = 0;
  for (const id of account.transfersOf.get(chargeId) ?? []) {
    const transfer = account.transfers.get(id)?.object;
    if (transfer !== undefined) sum += transfer.amount - transfer.amount_reversed;
  }
  return sum;
}

/** The group of a transfer: its charge's own, which it gives the charge where that has none. */
function groupOf(charge: Charge | undefined, given: string | undefined): string | null {
  if (charge === undefined) return given ?? null;
  const own = charge.object.transfer_group;
  if (own !== null && given !== undefined && given !== own) {
    throw conflictingState(
      undefined,
      `The transfer_group must be the same as the one of its source_transaction (${own}).`,
      { param: "transfer_group" },
    );
  }
  const group = own ?? given ?? `group_${charge.object.payment_intent}`;
  if (own === null) charge.object = { ...charge.object, transfer_group: group };
  return group;
}

/** Moves money of the platform's balance to a connected account's. */
export function createTransfer(account: Account, form: Form): TransferObject {
  const currency = requiredCurrency(form);
  const amount = checkTransferAmount(optionalInteger(form, "amount", 1) ?? missing("amount"));
  const metadata = mergedMetadata({}, form);
  const description = optionalText(form, "description") ?? null;
  const given = optionalText(form, "transfer_group");
  const source = optionalText(form, "source_transaction");
  const connected = requireDestination(account, requiredText(form, "destination"), "destination");
  if (connected.object.capabilities.transfers !== "active") {
    throw conflictingState(
      "insufficient_capabilities_for_transfer",
      "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments",
    );
  }
  const charge = source === undefined ? undefined : sourceCharge(account, source);
  if (charge !== undefined) checkSource(account, charge, amount, currency);
  else if (account.checksBalances() && amount > balanceOf(account, currency)) throw insufficientFunds();
  const group = groupOf(charge, given);
  const id = newId("tr");
  const transaction = book(account, { type: "transfer", amount: -amount, currency, source: id, description });
  const object: TransferObject = {
    id,
    object: "transfer",
    amount,
    amount_reversed: 0,
    balance_transaction: transaction.id,
    created: account.nowSeconds(),
    currency,
    description,
    destination: connected.id,
    destination_payment: newId("py"),
    livemode: false,
    metadata,
    reversals: { object: "list", data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
    reversed: false,
    source_transaction: source ?? null,
    source_type: "card",
    transfer_group: group,
  };
  keepTransfer(account, { id, object, reversalIds: [] });
  moveHeld(account, connected, currency, amount);
  announce(account, { type: "transfer.created", object });
  if (account.transfers.size > account.bounds.transfers) forgetOldest(account);
  return object;
}

function insufficientFunds(): ReturnType<typeof conflictingState> {
  return conflictingState(
    "balance_insufficient",
    "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance",
  );
}

/** Puts a transfer where its charge finds it, too. */
export function keepTransfer(account: Account, transfer: Transfer): void {
  account.transfers.put(transfer);
  const { source_transaction: source } = transfer.object;
  if (source === null) return;
  const ids = account.transfersOf.get(source);
  if (ids === undefined) account.transfersOf.set(source, [transfer.id]);
  else if (!ids.includes(transfer.id)) ids.push(transfer.id);
}

function forgetOldest(account: Account): void {
  const transfer = account.transfers.removeOldest();
  if (transfer === undefined) return;
  for (const id of transfer.reversalIds) account.transferReversals.remove(id);
  for (const source of [transfer.id, ...transfer.reversalIds]) forgetTransactionsOf(account, source);
  const { source_transaction: charge } = transfer.object;
  if (charge === null) return;
  const left = account.transfersOf.get(charge)?.filter((id) => id !== transfer.id) ?? [];
  if (left.length === 0) account.transfersOf.delete(charge);
  else account.transfersOf.set(charge, left);
}

export function retrieveTransfer(account: Account, id: string): TransferObject {
  return requireTransfer(account, id).object;
}

export function updateTransfer(account: Account, id: string, form: Form): TransferObject {
  const transfer = requireTransfer(account, id);
  const description = clearableText(form, "description");
  transfer.object = {
    ...transfer.object,
    description: description === undefined ? transfer.object.description : description,
    metadata: mergedMetadata(transfer.object.metadata, form),
  };
  announce(account, { type: "transfer.updated", object: transfer.object });
  return transfer.object;
}

export function listTransfers(account: Account, form: Form): Stripe.ApiList<TransferObject> {
  const destination = optionalText(form, "destination");
  const group = optionalText(form, "transfer_group");
  return page(
    form,
    account.transfers,
    "/v1/transfers",
    ({ object }) =>
      (destination === undefined || object.destination === destination) &&
      (group === undefined || object.transfer_group === group),
  );
}
