/** Stripe's own books, as the reconciliation reads them: a hundred at a time, with all that is compared in one answer. */
import { Stripe } from "stripe";
import type { IntentFacts } from "../payments/answer.ts";
import type {
  BooksProvider,
  GiveBack,
  GiveBackAnswer,
  Page,
  PageOf,
  TheirTransfer,
} from "../providers/books-provider.ts";
import { usualProvider } from "../providers/provider.ts";
import { classifyError } from "./classify-error.ts";
import { intentFacts } from "./intent-facts.ts";
import { fromStripe, moneyOf } from "./stripe-amounts.ts";

const pageSize = 100;
const ofIntent = "latest_charge.balance_transaction";

function asked({ since, after }: PageOf) {
  return {
    created: { gte: Math.floor(since.epochMilliseconds / 1_000) },
    limit: pageSize,
    ...(after === null ? undefined : { starting_after: after }),
  };
}

function pageOf<O extends { readonly id: string }, T>(
  { data, has_more: hasMore }: Stripe.ApiList<O>,
  of: (each: O) => readonly T[],
): Page<T> {
  return { items: data.flatMap(of), next: hasMore ? (data.at(-1)?.id ?? null) : null };
}

function refunded({ payment_intent: intent }: Stripe.Refund): IntentFacts[] {
  return typeof intent === "object" && intent !== null ? [intentFacts(intent)] : [];
}

function transferFacts(transfer: Stripe.Transfer): TheirTransfer {
  const { destination } = transfer;
  return {
    providerId: transfer.id,
    transferId: transfer.metadata["transfer_id"] ?? null,
    accountId: typeof destination === "string" ? destination : (destination?.id ?? ""),
    ...moneyOf(transfer.amount, transfer.currency),
    reversedMinor: fromStripe(transfer.amount_reversed, transfer.currency),
  };
}

async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    const isMissing = error instanceof Stripe.errors.StripeError && error.code === "resource_missing";
    if (isMissing) return null;
    throw error;
  }
}

async function giveBack(stripe: Stripe, { key, purpose, intentId }: GiveBack): Promise<GiveBackAnswer> {
  try {
    const options = { idempotencyKey: key };
    if (purpose === "void") await stripe.paymentIntents.cancel(intentId, {}, options);
    // Without an amount it is all that is left.
    else await stripe.refunds.create({ payment_intent: intentId }, options);
    return { outcome: "done" };
  } catch (error) {
    const answer = classifyError(error);
    if (answer.outcome === "failed") return answer;
    const code = error instanceof Stripe.errors.StripeError ? error.code : undefined;
    return { outcome: "refused", reason: code ?? "refused" };
  }
}

export function stripeBooks(stripe: Stripe): BooksProvider {
  return {
    name: usualProvider,
    async listIntents(page) {
      const listed = await stripe.paymentIntents.list({ ...asked(page), expand: [`data.${ofIntent}`] });
      return pageOf(listed, (intent) => [intentFacts(intent)]);
    },
    async listRefunded(page) {
      const expand = [`data.payment_intent.${ofIntent}`];
      return pageOf(await stripe.refunds.list({ ...asked(page), expand }), refunded);
    },
    async listTransfers(page) {
      return pageOf(await stripe.transfers.list(asked(page)), (transfer) => [transferFacts(transfer)]);
    },
    async listDisputes(page) {
      const listed = await stripe.disputes.list(asked(page));
      return pageOf(listed, ({ id, status }) => [{ providerId: id, status }]);
    },
    async intent(intentId) {
      const found = await orNull(stripe.paymentIntents.retrieve(intentId, { expand: [ofIntent] }));
      return found && intentFacts(found);
    },
    async transfer(providerId) {
      const found = await orNull(stripe.transfers.retrieve(providerId));
      return found && transferFacts(found);
    },
    giveBack: (of) => giveBack(stripe, of),
  };
}
