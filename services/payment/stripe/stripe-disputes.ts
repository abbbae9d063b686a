/** Disputes at Stripe, in the core's words. */
import type { Stripe } from "stripe";
import type { DisputeAnswer, DisputeFacts } from "../disputes/dispute.ts";
import type { DisputeProvider, ListedDispute } from "../providers/dispute-provider.ts";
import { usualProvider } from "../providers/provider.ts";
import { classifyError } from "./classify-error.ts";
import { isBookingId } from "./notice.ts";
import { fromStripe, moneyOf } from "./stripe-amounts.ts";

/** https://docs.stripe.com/disputes/how-disputes-work; a status that Stripe adds one day is open until it is known. */
const endedStates: Readonly<Record<string, DisputeFacts["state"]>> = {
  won: "won",
  lost: "lost",
  // An inquiry that came to nothing, and what was settled before it could become a dispute.
  warning_closed: "closed",
  prevented: "closed",
};

function instantOf(epochSeconds: number): string {
  return Temporal.Instant.fromEpochMilliseconds(epochSeconds * 1_000).toString();
}

/** The dispute's facts; whose it is only where `payment_intent` was expanded. */
function disputeFacts(dispute: Stripe.Dispute): DisputeFacts {
  const intent = dispute.payment_intent;
  const bookingId = typeof intent === "object" ? intent?.metadata["booking_id"] : undefined;
  const dueBy = dispute.evidence_details.due_by;
  return {
    intentId: typeof intent === "string" ? intent : (intent?.id ?? null),
    bookingId: isBookingId(bookingId) ? bookingId : null,
    disputed: moneyOf(dispute.amount, dispute.currency),
    reason: dispute.reason,
    state: endedStates[dispute.status] ?? "open",
    providerStatus: dispute.status,
    isRefundable: dispute.is_charge_refundable,
    answerDueBy: dueBy === null ? null : instantOf(dueBy),
    openedAt: instantOf(dispute.created),
    movements: dispute.balance_transactions.map(({ id, amount, fee, currency }) => ({
      id,
      amountMinor: fromStripe(amount, currency),
      fee: moneyOf(fee, currency),
    })),
  };
}

async function look(stripe: Stripe, providerId: string): Promise<DisputeAnswer> {
  try {
    const dispute = await stripe.disputes.retrieve(providerId, { expand: ["payment_intent"] });
    return { outcome: "done", dispute: disputeFacts(dispute) };
  } catch (error) {
    const answer = classifyError(error);
    return answer.outcome === "refused" ? { outcome: "refused", reason: answer.reason } : answer;
  }
}

const pageSize = 100;

function listed({ id, status }: Stripe.Dispute): ListedDispute {
  return { providerId: id, status };
}

/** A look never throws for what Stripe or the network does; a list does. */
export function stripeDisputes(stripe: Stripe): DisputeProvider {
  return {
    name: usualProvider,
    lookAtDispute: (providerId) => look(stripe, providerId),
    async listDisputes({ since, after }) {
      const page = await stripe.disputes.list({
        created: { gte: Math.floor(since.epochMilliseconds / 1_000) },
        limit: pageSize,
        ...(after === null ? undefined : { starting_after: after }),
      });
      return { disputes: page.data.map(listed), next: page.has_more ? (page.data.at(-1)?.id ?? null) : null };
    },
    async disputesOf(intentId) {
      const { data } = await stripe.disputes.list({ payment_intent: intentId, limit: pageSize });
      return data.map(listed);
    },
  };
}
