import type { Stripe } from "stripe";
import type { Account } from "./account.ts";
import { noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { BalanceTransaction, BalanceTransactionObject, Charge, Refund } from "./objects.ts";
import { optionalText, smallestAmount } from "./parameters.ts";
import { Shelf } from "./shelf.ts";

/** The kinds of movement the stand-in books, with the category Stripe's reports put each in. */
const categories = {
  charge: "charge",
  refund: "refund",
  refund_failure: "refund_failure",
  adjustment: "dispute",
  transfer: "transfer",
  transfer_refund: "transfer_reversal",
  payout: "payout",
  stripe_fee: "fee",
} as const;

export type MovementType = keyof typeof categories;

/** One movement of the platform's balance, in minor units. */
export interface Movement {
  readonly type: MovementType;
  /** Positive where money comes in. */
  readonly amount: number;
  /** Kept by Stripe on top of the amount; none by default. */
  readonly fee?: { readonly amount: number; readonly description: string };
  readonly currency: string;
  /** The object behind it, where there is one. */
  readonly source: string | null;
  /** The category in Stripe's reports, where it is not the type's own. */
  readonly category?: string;
  readonly description: string | null;
}

/** The sums of one currency since the account was empty, in minor units. */
export interface BalanceSums {
  /** What Stripe holds for the platform now: the net of every movement. */
  readonly available: number;
  readonly fees: number;
  /** Amounts before fees, by type of movement. */
  readonly byType: Readonly<Partial<Record<MovementType, number>>>;
}

/** Stripe's price for a captured charge: a share and a fixed part, rounded half up to what there is of the currency. */
function chargeFee(
  { amount, currency }: { readonly amount: number; readonly currency: string },
  { basisPoints, fixedMinor }: { readonly basisPoints: number; readonly fixedMinor: number },
): number {
  const step = smallestAmount(currency);
  return Math.round((amount * basisPoints) / 10_000 / step + fixedMinor / step) * step;
}

function added(sums: BalanceSums | undefined, { type, amount, fee, net }: Booked): BalanceSums {
  return {
    available: (sums?.available ?? 0) + net,
    fees: (sums?.fees ?? 0) + fee,
    byType: { ...sums?.byType, [type]: (sums?.byType[type] ?? 0) + amount },
  };
}

type Booked = { readonly type: MovementType } & Pick<BalanceTransactionObject, "amount" | "fee" | "net">;

/** What Stripe holds for the platform in this currency, in minor units. */
export function balanceOf(account: Account, currency: string): number {
  return account.balances.get(currency)?.available ?? 0;
}

/** Books a movement. Money is available at once here: nothing is ever pending. */
export function book(account: Account, movement: Movement): BalanceTransactionObject {
  const { type, amount, currency } = movement;
  const fee = movement.fee?.amount ?? 0;
  const now = account.nowSeconds();
  const object: BalanceTransactionObject = {
    id: newId("txn"),
    object: "balance_transaction",
    amount,
    available_on: now,
    balance_type: "payments",
    created: now,
    currency,
    description: movement.description,
    exchange_rate: null,
    fee,
    fee_details:
      movement.fee === undefined || fee === 0
        ? []
        : [
            {
              amount: fee,
              application: null,
              currency,
              description: movement.fee.description,
              type: "stripe_fee",
            },
          ],
    net: amount - fee,
    reporting_category: movement.category ?? categories[type],
    source: movement.source,
    status: "available",
    type,
  };
  keepTransaction(account, { id: object.id, object, payout: null });
  account.balances.set(
    currency,
    added(account.balances.get(currency), { type, amount, fee, net: object.net }),
  );
  return object;
}

/** Puts a transaction where lists find it, by its source too. */
export function keepTransaction(account: Account, transaction: BalanceTransaction): void {
  account.balanceTransactions.put(transaction);
  const { source } = transaction.object;
  if (source === null) return;
  const ids = account.transactionsOf.get(source);
  if (ids === undefined) account.transactionsOf.set(source, [transaction.id]);
  else if (!ids.includes(transaction.id)) ids.push(transaction.id);
}

/** Drops the transactions of an object that is dropped itself; their sums stay. */
export function forgetTransactionsOf(account: Account, source: string): void {
  for (const id of account.transactionsOf.get(source) ?? []) account.balanceTransactions.remove(id);
  account.transactionsOf.delete(source);
}

/** Books what a charge has captured, less Stripe's fee, which no refund gives back. */
export function bookCharge(account: Account, charge: Charge): void {
  const { amount_captured: amount, currency, description } = charge.object;
  const fee = {
    amount: chargeFee({ amount, currency }, account.pricing()),
    description: "Stripe processing fees",
  };
  const { id } = book(account, { type: "charge", amount, fee, currency, source: charge.id, description });
  charge.object = { ...charge.object, balance_transaction: id };
}

/** Books the money a refund gives back. */
export function bookRefund(account: Account, refund: Refund): void {
  const { amount, currency } = refund.object;
  const description = "REFUND FOR CHARGE";
  const { id } = book(account, { type: "refund", amount: -amount, currency, source: refund.id, description });
  refund.object = { ...refund.object, balance_transaction: id };
}

/** Books the money of a refund that the guest's bank has returned. */
export function bookRefundFailure(account: Account, refund: Refund): void {
  const { amount, currency } = refund.object;
  const description = "REFUND FAILURE";
  const { id } = book(account, { type: "refund_failure", amount, currency, source: refund.id, description });
  refund.object = { ...refund.object, failure_balance_transaction: id };
}

export function retrieveBalanceTransaction(account: Account, id: string): BalanceTransactionObject {
  const transaction = account.balanceTransactions.get(id);
  if (transaction === undefined) throw noSuch("balance transaction", id, "id");
  return transaction.object;
}

export function listBalanceTransactions(
  account: Account,
  form: Form,
): Stripe.ApiList<BalanceTransactionObject> {
  const source = optionalText(form, "source");
  const type = optionalText(form, "type");
  const payout = optionalText(form, "payout");
  const currency = optionalText(form, "currency");
  const shelf = source === undefined ? account.balanceTransactions : ofSource(account, source);
  return page(
    form,
    shelf,
    "/v1/balance_transactions",
    (transaction) =>
      (type === undefined || transaction.object.type === type) &&
      (payout === undefined || transaction.payout === payout) &&
      (currency === undefined || transaction.object.currency === currency.toLowerCase()),
  );
}

function ofSource(account: Account, source: string): Shelf<BalanceTransaction> {
  const shelf = new Shelf<BalanceTransaction>();
  for (const id of account.transactionsOf.get(source) ?? []) {
    const transaction = account.balanceTransactions.get(id);
    if (transaction !== undefined) shelf.put(transaction);
  }
  return shelf;
}
