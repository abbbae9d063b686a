import type { Stripe } from "stripe";
import type { Account } from "./account.ts";
import { noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { Charge, ChargeObject, Intent, PaymentMethod } from "./objects.ts";
import { optionalText } from "./parameters.ts";
import { Shelf } from "./shelf.ts";
import type { Decline, TestCard } from "./test-cards.ts";

// Only failed attempts precede the latest, so what is forgotten moved no money.
const maximumAttempts = 25;

function paymentDetails(card: TestCard, amount: number): Stripe.Charge.PaymentMethodDetails {
  return {
    card: {
      amount_authorized: amount,
      authorization_code: null,
      brand: card.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      electronic_commerce_indicator: null,
      exp_month: 12,
      exp_year: 2034,
      fingerprint: `fp_${card.brand}${card.last4}`,
      funding: "credit",
      installments: null,
      last4: card.last4,
      mandate: null,
      network: card.brand,
      network_transaction_id: null,
      regulated_status: "unregulated",
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
    type: "card",
  };
}

function outcome(decline: Decline | null): Stripe.Charge.Outcome {
  return {
    advice_code: decline === null ? null : "try_again_later",
    network_advice_code: null,
    network_decline_code: null,
    network_status: decline === null ? "approved_by_network" : "declined_by_network",
    reason: decline?.declineCode ?? null,
    risk_level: "normal",
    risk_score: 20,
    seller_message:
      decline === null
        ? "Payment complete."
        : "The bank did not return any further details with this decline.",
    type: decline === null ? "authorized" : "issuer_declined",
  };
}

function chargeObject(
  account: Account,
  intent: Intent,
  method: PaymentMethod,
  decline: Decline | null,
): ChargeObject {
  const { object } = intent;
  const captured = decline === null && object.capture_method !== "manual";
  return {
    id: newId("ch"),
    object: "charge",
    amount: object.amount,
    amount_captured: captured ? object.amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.object.billing_details,
    calculated_statement_descriptor: "STAND-IN",
    captured,
    created: account.nowSeconds(),
    currency: object.currency,
    customer: object.customer,
    description: object.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: object.metadata,
    on_behalf_of: null,
    outcome: outcome(decline),
    paid: decline === null,
    payment_intent: object.id,
    payment_method: method.id,
    payment_method_details: paymentDetails(method.card, object.amount),
    receipt_email: object.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: decline === null ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: object.transfer_group,
  };
}

/** Records one attempt to charge an intent, accepted or declined. */
export function chargeIntent(
  account: Account,
  intent: Intent,
  method: PaymentMethod,
  decline: Decline | null,
): Charge {
  const object = chargeObject(account, intent, method, decline);
  const charge: Charge = { id: object.id, object };
  account.charges.put(charge);
  intent.chargeIds.push(charge.id);
  const forgotten = intent.chargeIds.length > maximumAttempts ? intent.chargeIds.shift() : undefined;
  if (forgotten !== undefined) account.charges.remove(forgotten);
  return charge;
}

/** The charge behind an intent's `latest_charge`, which exists as soon as a card has been tried. */
export function latestCharge(account: Account, intent: Intent): Charge {
  const id = intent.object.latest_charge;
  const charge = id === null ? undefined : account.charges.get(id);
  if (charge === undefined) throw noSuch("charge", id ?? "", "charge", 400);
  return charge;
}

export function retrieveCharge(account: Account, id: string): ChargeObject {
  const charge = account.charges.get(id);
  if (charge === undefined) throw noSuch("charge", id, "charge");
  return charge.object;
}

/** Charges, newest first: all of them, or the attempts at one intent. */
export function listCharges(account: Account, form: Form): Stripe.ApiList<ChargeObject> {
  const intent = optionalText(form, "payment_intent");
  const customer = optionalText(form, "customer");
  const group = optionalText(form, "transfer_group");
  const shelf = intent === undefined ? account.charges : chargesOf(account, intent);
  return page(
    form,
    shelf,
    "/v1/charges",
    ({ object }) =>
      (customer === undefined || object.customer === customer) &&
      (group === undefined || object.transfer_group === group),
  );
}

function chargesOf(account: Account, intentId: string): Shelf<Charge> {
  const shelf = new Shelf<Charge>();
  for (const id of account.intents.get(intentId)?.chargeIds ?? []) {
    const charge = account.charges.get(id);
    if (charge !== undefined) shelf.put(charge);
  }
  return shelf;
}
