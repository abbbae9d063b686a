import type { Stripe } from "stripe";
import type { TestCard } from "./test-cards.ts";

/** References are always ids here; `expand` swaps them for objects on the way out. */
export type IntentObject = Stripe.PaymentIntent & {
  readonly client_secret: string;
  readonly customer: string | null;
  readonly latest_charge: string | null;
  readonly payment_method: string | null;
};

export type ChargeObject = Stripe.Charge & {
  readonly balance_transaction: string | null;
  readonly payment_intent: string;
  readonly customer: string | null;
};
export type RefundObject = Stripe.Refund & {
  readonly balance_transaction: string | null;
  readonly payment_intent: string;
  readonly charge: string;
};
export type BalanceTransactionObject = Stripe.BalanceTransaction & { readonly source: string | null };
export type PaymentMethodObject = Stripe.PaymentMethod & { readonly customer: string | null };

/**
 * An intent and what its object does not show. `object` is replaced, never changed in place:
 * events and kept answers hold on to the version they saw without copying it. It is replaced with every other member, too:
 * another `object` is how the state file learns of a change.
 */
export interface Intent {
  readonly id: string;
  object: IntentObject;
  returnUrl: string | null;
  authorisedMinor: number;
  voidedMinor: number;
  refundedMinor: number;
  readonly chargeIds: string[];
  readonly refundIds: string[];
  readonly paymentMethodIds: string[];
}

export interface Charge {
  readonly id: string;
  object: ChargeObject;
}

export interface Refund {
  readonly id: string;
  object: RefundObject;
}

export interface PaymentMethod {
  readonly id: string;
  readonly card: TestCard;
  /** A payment with `setup_future_usage: off_session` has prepared it for charges without its holder. */
  isSetUp: boolean;
  /** Paid with and not saved, or detached: Stripe takes it no more. */
  isSpent: boolean;
  object: PaymentMethodObject;
}

export interface BalanceTransaction {
  readonly id: string;
  readonly object: BalanceTransactionObject;
  /** The automatic payout it was paid out with. */
  payout: string | null;
}

export interface Customer {
  readonly id: string;
  object: Stripe.Customer | Stripe.DeletedCustomer;
}

export type AccountObject = Stripe.Account & {
  readonly capabilities: Stripe.Account.Capabilities;
  readonly created: number;
  readonly country: string;
  readonly default_currency: string;
  readonly metadata: Stripe.Metadata;
  readonly requirements: Stripe.Account.Requirements;
  readonly settings: Stripe.Account.Settings & { readonly payouts: Stripe.Account.Settings.Payouts };
};

/** A connected account: what a vendor of the platform has at Stripe. */
export interface ConnectedAccount {
  readonly id: string;
  object: AccountObject;
  /** Capabilities asked for; they are active once Stripe knows who the vendor is. */
  readonly requested: readonly Capability[];
  /** What it holds, by currency, in minor units. */
  readonly held: Readonly<Record<string, number>>;
}

export type Capability = "card_payments" | "transfers";

/** A link to onboarding, which can be used once. */
export interface AccountLink {
  readonly id: string;
  readonly object: Stripe.AccountLink;
  readonly account: string;
  readonly refreshUrl: string;
  readonly returnUrl: string;
  isUsed: boolean;
}

export type TransferObject = Stripe.Transfer & {
  readonly balance_transaction: string;
  readonly destination: string;
  readonly source_transaction: string | null;
};

export interface Transfer {
  readonly id: string;
  object: TransferObject;
  readonly reversalIds: string[];
}

export type TransferReversalObject = Stripe.TransferReversal & {
  readonly balance_transaction: string;
  readonly metadata: Stripe.Metadata;
  readonly transfer: string;
};

export interface TransferReversal {
  readonly id: string;
  object: TransferReversalObject;
}

export type DisputeObject = Stripe.Dispute & {
  readonly charge: string;
  readonly payment_intent: string | null;
};

export interface Dispute {
  readonly id: string;
  object: DisputeObject;
}

export interface Payout {
  readonly id: string;
  readonly object: Stripe.Payout;
}
