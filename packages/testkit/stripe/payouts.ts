import type { Stripe } from "stripe";
import { z } from "zod";
import { announce, type Account } from "./account.ts";
import { balanceOf, book } from "./balance-transactions.ts";
import { moveHeld, requireAccount } from "./connected-accounts.ts";
import { conflictingState, noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import { optionalText } from "./parameters.ts";

const money = z.strictObject({
  currency: z.string().length(3),
  amount: z.int().min(1).optional(),
});
const fee = z.strictObject({
  currency: z.string().length(3),
  amount: z.int().min(1),
  description: z.string().max(200).default("Connect fees"),
});

function payoutObject(account: Account, amount: number, currency: string): Stripe.Payout {
  const now = account.nowSeconds();
  return {
    id: newId("po"),
    object: "payout",
    amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: now,
    automatic: true,
    balance_transaction: null,
    created: now,
    currency,
    description: "STRIPE PAYOUT",
    destination: "ba_stand_in",
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: {},
    method: "standard",
    original_payout: null,
    payout_method: null,
    reconciliation_status: "completed",
    reversed_by: null,
    source_type: "card",
    statement_descriptor: null,
    status: "paid",
    trace_id: null,
    type: "bank_account",
  };
}

/** An automatic payout of the platform's balance, all of it or an amount; what it pays out can be listed by it. */
export function payOut(account: Account, input: unknown): Stripe.Payout {
  const asked = money.parse(input);
  const currency = asked.currency.toLowerCase();
  const amount = asked.amount ?? balanceOf(account, currency);
  if (amount <= 0) throw conflictingState("balance_insufficient", "There is nothing to pay out.");
  const blank = payoutObject(account, amount, currency);
  const { id: transaction } = book(account, {
    type: "payout",
    amount: -amount,
    currency,
    source: blank.id,
    description: blank.description,
  });
  const object: Stripe.Payout = { ...blank, balance_transaction: transaction };
  for (const paid of account.balanceTransactions.newestFirst()) {
    // What came before an earlier payout was paid out then.
    if (paid.object.type === "payout" && paid.object.currency === currency && paid.payout !== null) break;
    if (paid.object.currency === currency) paid.payout = object.id;
  }
  account.payouts.put({ id: object.id, object });
  if (account.payouts.size > account.bounds.payouts) account.payouts.removeOldest();
  for (const type of ["payout.created", "payout.paid", "payout.reconciliation_completed"] as const) {
    announce(account, { type, object });
  }
  return object;
}

/** Pays a connected account's balance out to its bank: what is gone there cannot be taken back from it. */
export function payOutAccount(account: Account, id: string, input: unknown): Stripe.Payout {
  const asked = money.parse(input);
  const currency = asked.currency.toLowerCase();
  const connected = requireAccount(account, id);
  const held = connected.held[currency] ?? 0;
  const amount = asked.amount ?? held;
  if (!connected.object.payouts_enabled)
    throw conflictingState("payouts_not_allowed", "Payouts are not enabled.");
  if (amount <= 0 || amount > held)
    throw conflictingState("balance_insufficient", "There is too little to pay out.");
  moveHeld(account, connected, currency, -amount);
  const object = payoutObject(account, amount, currency);
  announce(account, { type: "payout.created", object }, id);
  announce(account, { type: "payout.paid", object }, id);
  return object;
}

/** A fee that belongs to no charge, such as Stripe's monthly one for Connect. */
export function chargeStripeFee(account: Account, input: unknown): Stripe.BalanceTransaction {
  const { currency, amount, description } = fee.parse(input);
  const movement = { amount: -amount, currency: currency.toLowerCase(), source: null, description };
  return book(account, { type: "stripe_fee", ...movement });
}

export function retrievePayout(account: Account, id: string): Stripe.Payout {
  const payout = account.payouts.get(id);
  if (payout === undefined) throw noSuch("payout", id, "id");
  return payout.object;
}

export function listPayouts(account: Account, form: Form): Stripe.ApiList<Stripe.Payout> {
  const status = optionalText(form, "status");
  return page(
    form,
    account.payouts,
    "/v1/payouts",
    ({ object }) => status === undefined || object.status === status,
  );
}
