import type { Stripe } from "stripe";
import type { Charge, DisputeObject } from "./objects.ts";
import { emptyForm } from "./form-body.ts";

const answerWithinSeconds = 9 * 24 * 60 * 60;
const reasonCodes: Readonly<Record<string, string>> = { fraudulent: "10.4", product_not_received: "13.1" };

/** What `dispute.evidence` has of plain texts. */
export const evidenceTexts = [
  "access_activity_log",
  "billing_address",
  "cancellation_policy",
  "cancellation_policy_disclosure",
  "cancellation_rebuttal",
  "customer_communication",
  "customer_email_address",
  "customer_name",
  "customer_purchase_ip",
  "customer_signature",
  "duplicate_charge_documentation",
  "duplicate_charge_explanation",
  "duplicate_charge_id",
  "product_description",
  "receipt",
  "refund_policy",
  "refund_policy_disclosure",
  "refund_refusal_explanation",
  "service_date",
  "service_documentation",
  "shipping_address",
  "shipping_carrier",
  "shipping_date",
  "shipping_documentation",
  "shipping_tracking_number",
  "uncategorized_file",
  "uncategorized_text",
] as const satisfies readonly (keyof Stripe.Dispute.Evidence)[];

type NoEvidence = Record<(typeof evidenceTexts)[number], null>;

function noEvidence(): Stripe.Dispute.Evidence {
  const texts = Object.fromEntries(evidenceTexts.map((name) => [name, null])) as NoEvidence;
  return { ...texts, enhanced_evidence: {} };
}

/** A dispute as the cardholder's bank opens it. */
export function newDisputeObject(
  id: string,
  created: number,
  charge: Charge,
  amount: number,
  reason: string,
): DisputeObject {
  const { currency, payment_intent: intent, payment_method_details: details } = charge.object;
  const brand = details?.card?.brand ?? "visa";
  return {
    id,
    object: "dispute",
    amount,
    balance_transactions: [],
    charge: charge.id,
    created,
    currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence(),
    evidence_details: {
      due_by: created + answerWithinSeconds,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: emptyForm() as Stripe.Metadata,
    payment_intent: intent,
    payment_method_details: {
      card: {
        brand,
        case_type: "chargeback",
        network: brand,
        network_reason_code: reasonCodes[reason] ?? "10.4",
      },
      type: "card",
    },
    reason,
    status: "needs_response",
  };
}
