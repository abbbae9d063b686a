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
  readonly payment_intent: string;
  readonly customer: string | null;
};
export type RefundObject = Stripe.Refund & { readonly payment_intent: string; readonly charge: string };
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
  object: PaymentMethodObject;
}

export interface Customer {
  readonly id: string;
  object: Stripe.Customer | Stripe.DeletedCustomer;
}
