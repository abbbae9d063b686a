import type { Stripe } from "stripe";
import { announce, type Account } from "./account.ts";
import { bookRefund, bookRefundFailure } from "./balance-transactions.ts";
import { latestCharge } from "./charges.ts";
import { refuseIfDisputed } from "./disputes.ts";
import { conflictingState, invalidParameter, noSuch } from "./errors.ts";
import type { Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { Charge, Intent, Refund, RefundObject } from "./objects.ts";
import {
  checkFineness,
  mergedMetadata,
  optionalChoice,
  optionalInteger,
  optionalText,
} from "./parameters.ts";

const reasons = ["duplicate", "fraudulent", "requested_by_customer"] as const;
const maximumRefundsOfIntent = 500;

function refundedIntent(account: Account, form: Form): Intent {
  const intentId = optionalText(form, "payment_intent");
  const chargeId = optionalText(form, "charge");
  if (intentId !== undefined) {
    const intent = account.intents.get(intentId);
    if (intent === undefined) throw noSuch("payment_intent", intentId, "payment_intent");
    return intent;
  }
  if (chargeId === undefined) {
    throw invalidParameter(
      "One of the following params should be provided for this request: payment_intent or charge.",
      undefined,
    );
  }
  const owner = account.charges.get(chargeId)?.object.payment_intent;
  const intent = owner === undefined ? undefined : account.intents.get(owner);
  if (intent === undefined) throw noSuch("charge", chargeId, "charge");
  return intent;
}

function checkedAmount(intent: Intent, charge: Charge, asked: number | undefined): number {
  const left = intent.object.amount_received - intent.refundedMinor;
  if (left === 0 || intent.refundIds.length >= maximumRefundsOfIntent) {
    throw conflictingState("charge_already_refunded", `Charge ${charge.id} has already been refunded.`, {
      charge: charge.id,
    });
  }
  const amount = asked ?? left;
  if (amount > left) {
    throw conflictingState(
      undefined,
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}), in minor units of ${intent.object.currency}`,
      { param: "amount", charge: charge.id },
    );
  }
  return checkFineness(amount, intent.object.currency);
}

/** Refunds what was captured, in one go or in parts, up to the captured amount. */
export function createRefund(account: Account, form: Form): RefundObject {
  const asked = optionalInteger(form, "amount", 1);
  const reason = optionalChoice(form, "reason", reasons) ?? null;
  const metadata = mergedMetadata({}, form);
  const intent = refundedIntent(account, form);
  if (intent.object.status !== "succeeded") {
    throw conflictingState(
      undefined,
      `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      {
        param: "payment_intent",
      },
    );
  }
  const charge = latestCharge(account, intent);
  refuseIfDisputed(account, charge);
  const amount = checkedAmount(intent, charge, asked);
  const object: RefundObject = {
    id: newId("re"),
    object: "refund",
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: account.nowSeconds(),
    currency: intent.object.currency,
    customer: intent.object.customer,
    customer_account: null,
    destination_details: {
      card: { reference_status: "pending", reference_type: "acquirer_reference_number", type: "refund" },
      type: "card",
    },
    metadata,
    payment_intent: intent.id,
    payment_method: intent.object.payment_method,
    reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
  const refund: Refund = { id: object.id, object };
  account.refunds.put(refund);
  intent.refundIds.push(object.id);
  bookRefund(account, refund);
  move(intent, charge, amount);
  announce(account, { type: "charge.refunded", object: charge.object });
  announce(account, { type: "refund.created", object: refund.object });
  return refund.object;
}

function move(intent: Intent, charge: Charge, amount: number): void {
  intent.refundedMinor += amount;
  intent.object = { ...intent.object };
  charge.object = {
    ...charge.object,
    amount_refunded: charge.object.amount_refunded + amount,
    refunded: intent.refundedMinor === intent.object.amount_received,
  };
}

function requireRefund(account: Account, id: string): Refund {
  const refund = account.refunds.get(id);
  if (refund === undefined) throw noSuch("refund", id, "id");
  return refund;
}

export function retrieveRefund(account: Account, id: string): RefundObject {
  return requireRefund(account, id).object;
}

export function updateRefund(account: Account, id: string, form: Form): RefundObject {
  const refund = requireRefund(account, id);
  refund.object = { ...refund.object, metadata: mergedMetadata(refund.object.metadata ?? {}, form) };
  announce(account, { type: "refund.updated", object: refund.object });
  return refund.object;
}

export function listRefunds(account: Account, form: Form): Stripe.ApiList<RefundObject> {
  const intent = optionalText(form, "payment_intent");
  const charge = optionalText(form, "charge");
  return page(
    form,
    account.refunds,
    "/v1/refunds",
    ({ object }) =>
      (intent === undefined || object.payment_intent === intent) &&
      (charge === undefined || object.charge === charge),
  );
}

/** The guest's bank returns a refund days later: the money is the merchant's again. */
export function failRefund(account: Account, id: string): RefundObject {
  const refund = requireRefund(account, id);
  const intent = account.intents.get(refund.object.payment_intent);
  if (refund.object.status !== "succeeded" || intent === undefined) {
    throw conflictingState(
      undefined,
      `Refund ${id} cannot fail: it has a status of ${refund.object.status}.`,
    );
  }
  refund.object = { ...refund.object, status: "failed", failure_reason: "expired_or_canceled_card" };
  bookRefundFailure(account, refund);
  move(intent, latestCharge(account, intent), -refund.object.amount);
  announce(account, { type: "refund.updated", object: refund.object });
  announce(account, { type: "refund.failed", object: refund.object });
  return refund.object;
}
