/** Payment's side of a life, and what is seen of it: the same for the one in memory and the one on real servers. */
import type { Outcome } from "./share-out.ts";
import type { News, Told } from "./booking-side.ts";

/** What payment can be told and asked to do about one booking. */
export interface PaymentSide {
  /** Brings what booking told, and answers with what payment has told since, once it has nothing left to do. */
  exchange(told: readonly Told[]): Promise<News[]>;
  /** Whether cards work that are asked from now on. */
  setCard(card: "works" | "declined"): void;
  giveBack(amountMinor: number): Promise<void>;
  dispute(charge: number, amountMinor: number): Promise<void>;
  decide(charge: number, outcome: "won" | "lost"): Promise<void>;
  /** Business time has come to that moment. */
  passTo(nowMs: number): void;
  observe(): Promise<Observed>;
}

/** What there is of a booking's money, wherever it is written down. */
export interface Observed {
  readonly charges: Outcome["charges"];
  /** What the provider has of it, what the bank took or brought back for disputes aside. */
  readonly atProviderMinor: number;
  /** Balances of the ledger's accounts; what Stripe holds, and has kept for itself, together. */
  readonly ledger: Readonly<Record<string, number>>;
  /** Transactions of the ledger that do not come to nothing. */
  readonly unbalanced: number;
  /** What the vendor's items are worth: its own, and tax. */
  readonly items: { readonly payableMinor: number; readonly taxMinor: number };
  readonly documents: { readonly invoicedMinor: number; readonly creditedMinor: number };
}

const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);
const isNot = (amount: number) => amount !== 0;

/** What must be observed where that is the outcome. A lost dispute has no credit note: nothing was credited. */
export function expectedOf(outcome: Outcome): Observed {
  const { charges, taxMinor, platformMinor, vendorMinor, writtenOffMinor, isSettled } = outcome;
  const taken = sumOf(charges.map((one) => one.takenMinor));
  const back = sumOf(charges.map((one) => one.backMinor));
  const bank = sumOf(charges.map((one) => one.bankMinor));
  const ledger = {
    stripe: taken - back - bank - writtenOffMinor,
    guest: isSettled ? 0 : -taken,
    refunds: isSettled ? 0 : back + bank,
    tax: -taxMinor,
    "platform-fee": -platformMinor,
    "vendor-payable": -vendorMinor,
    "write-off": writtenOffMinor,
  };
  return {
    charges,
    atProviderMinor: taken - back,
    ledger: Object.fromEntries(Object.entries(ledger).filter(([, amount]) => isNot(amount))),
    unbalanced: 0,
    items: { payableMinor: vendorMinor, taxMinor },
    documents: { invoicedMinor: taken, creditedMinor: back },
  };
}

/** The accounts as they are compared: fees are what Stripe holds less. */
export function ledgerOf(entries: readonly { readonly account: string; readonly amountMinor: number }[]) {
  const ledger: Record<string, number> = {};
  for (const { account, amountMinor } of entries) {
    const name = account === "stripe-fee" ? "stripe" : account;
    ledger[name] = (ledger[name] ?? 0) + amountMinor;
  }
  return Object.fromEntries(Object.entries(ledger).filter(([, amount]) => isNot(amount)));
}
