import { announce, finish, type Account } from "./account.ts";
import { bookCharge } from "./balance-transactions.ts";
import { latestCharge } from "./charges.ts";
import { disputeAsCardDoes } from "./disputes.ts";
import { conflictingState } from "./errors.ts";
import type { Form } from "./form-body.ts";
import type { IntentObject } from "./objects.ts";
import {
  checkFineness,
  mergedMetadata,
  optionalChoice,
  optionalFlag,
  optionalInteger,
} from "./parameters.ts";
import { requireIntent } from "./payment-intents.ts";

const cancelable = [
  "requires_payment_method",
  "requires_capture",
  "requires_confirmation",
  "requires_action",
  "processing",
];
const reasons = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"] as const;

/** Takes the money, all of it or `amount_to_capture`; what is not taken is released for good. */
export function capturePaymentIntent(account: Account, id: string, form: Form): IntentObject {
  const amountToCapture = optionalInteger(form, "amount_to_capture", 1);
  optionalFlag(form, "final_capture");
  const intent = requireIntent(account, id);
  const { object } = intent;
  if (object.status !== "requires_capture") {
    throw conflictingState(
      "payment_intent_unexpected_state",
      `This PaymentIntent could not be captured because it has a status of ${object.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
      { payment_intent: object },
    );
  }
  const captured = amountToCapture ?? object.amount_capturable;
  if (captured > object.amount_capturable) {
    throw conflictingState(
      "amount_too_large",
      `You cannot capture ${captured} because only ${object.amount_capturable} is capturable on this PaymentIntent (in minor units of ${object.currency}).`,
      { param: "amount_to_capture", payment_intent: object },
    );
  }
  checkFineness(captured, object.currency);
  const charge = latestCharge(account, intent);
  // Stripe shows the released remainder of a partial capture as refunded on the charge, though it never was taken.
  const released = object.amount - captured;
  charge.object = { ...charge.object, amount_captured: captured, amount_refunded: released, captured: true };
  bookCharge(account, charge);
  intent.voidedMinor = released;
  intent.object = {
    ...object,
    amount_capturable: 0,
    amount_received: captured,
    metadata: mergedMetadata(object.metadata, form),
    status: "succeeded",
  };
  announce(account, { type: "charge.captured", object: charge.object });
  announce(account, { type: "payment_intent.succeeded", object: intent.object });
  disputeAsCardDoes(account, charge);
  finish(account, intent);
  return intent.object;
}

/** Cancels an intent that has not succeeded; an authorisation is released in full. */
export function cancelPaymentIntent(account: Account, id: string, form: Form): IntentObject {
  const reason = optionalChoice(form, "cancellation_reason", reasons) ?? null;
  const intent = requireIntent(account, id);
  const { object } = intent;
  if (!cancelable.includes(object.status)) {
    throw conflictingState(
      "payment_intent_unexpected_state",
      `You cannot cancel this PaymentIntent because it has a status of ${object.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${cancelable.join(", ")}.`,
      { payment_intent: object },
    );
  }
  if (object.status === "requires_capture") {
    const charge = latestCharge(account, intent);
    intent.voidedMinor = object.amount_capturable;
    charge.object = { ...charge.object, amount_refunded: charge.object.amount, refunded: true };
    // Stripe announces a released authorisation as a refund of a charge that was never captured.
    announce(account, { type: "charge.refunded", object: charge.object });
  }
  intent.object = {
    ...object,
    amount_capturable: 0,
    canceled_at: account.nowSeconds(),
    cancellation_reason: reason,
    next_action: null,
    status: "canceled",
  };
  announce(account, { type: "payment_intent.canceled", object: intent.object });
  finish(account, intent);
  return intent.object;
}
