import type { Stripe } from "stripe";
import { z } from "zod";
import { announce, type Account } from "./account.ts";
import { book, forgetTransactionsOf } from "./balance-transactions.ts";
import { evidenceTexts, newDisputeObject } from "./dispute-object.ts";
import { conflictingState, noSuch } from "./errors.ts";
import { emptyForm, type Form } from "./form-body.ts";
import { newId } from "./identifiers.ts";
import { page } from "./lists.ts";
import type { Charge, Dispute, DisputeObject } from "./objects.ts";
import {
  clearableText,
  mergedMetadata,
  optionalFlag,
  optionalGroup,
  optionalText,
  refuseUnknown,
} from "./parameters.ts";

const opening = z
  .strictObject({
    charge: z.string().optional(),
    payment_intent: z.string().optional(),
    amount: z.int().min(1).optional(),
    reason: z.string().max(100).default("fraudulent"),
  })
  .refine(({ charge, payment_intent: intent }) => (charge === undefined) !== (intent === undefined), {
    error: "Name either the charge or the payment_intent.",
  });
const closing = z.strictObject({ outcome: z.enum(["won", "lost"]) });
const open = ["needs_response", "under_review"];
// Stripe's own words with which a test decides how a dispute ends: https://docs.stripe.com/testing#evidence
const telling: Readonly<Record<string, "won" | "lost">> = {
  winning_evidence: "won",
  losing_evidence: "lost",
};

function chargeToDispute(account: Account, input: z.output<typeof opening>): Charge {
  const intent = input.payment_intent;
  const named = intent === undefined ? input.charge : account.intents.get(intent)?.object.latest_charge;
  const charge = account.charges.get(named ?? "");
  if (charge === undefined) throw noSuch("charge", named ?? intent ?? "", "charge");
  if (!charge.object.captured || charge.object.disputed) {
    throw conflictingState(
      undefined,
      `Charge ${charge.id} cannot be disputed: it is not captured, or disputed already.`,
    );
  }
  return charge;
}

/** A cardholder disputes a charge at their bank, as far as it was not given back. */
export function disputeCharge(account: Account, input: unknown): DisputeObject {
  const asked = opening.parse(input);
  const charge = chargeToDispute(account, asked);
  const left = charge.object.amount_captured - refundedOf(account, charge);
  const amount = asked.amount ?? left;
  if (left === 0 || amount > charge.object.amount_captured) {
    throw conflictingState(undefined, `Charge ${charge.id} has no ${amount} that could be disputed.`);
  }
  return openDispute(account, charge, amount, asked.reason);
}

function refundedOf(account: Account, charge: Charge): number {
  return account.intents.get(charge.object.payment_intent)?.refundedMinor ?? 0;
}

/** A dispute's amount and Stripe's fee for it leave the platform's balance as it is opened. */
function openDispute(account: Account, charge: Charge, amount: number, reason: string): DisputeObject {
  const id = newId("du");
  const dispute: Dispute = { id, object: newDisputeObject(id, account.nowSeconds(), charge, amount, reason) };
  account.disputes.put(dispute);
  charge.object = { ...charge.object, disputed: true };
  announce(account, { type: "charge.dispute.created", object: dispute.object });
  const withdrawn = book(account, {
    type: "adjustment",
    amount: -amount,
    fee: { amount: account.pricing().disputeMinor, description: "Dispute fee" },
    currency: charge.object.currency,
    source: id,
    description: `Chargeback withdrawal for ${charge.id}`,
  });
  dispute.object = { ...dispute.object, balance_transactions: [withdrawn] };
  announce(account, { type: "charge.dispute.funds_withdrawn", object: dispute.object });
  if (account.disputes.size > account.bounds.disputes) forgetOldest(account);
  return dispute.object;
}

/** The holder of some test cards disputes whatever was captured of them. */
export function disputeAsCardDoes(account: Account, charge: Charge): void {
  const reason = account.paymentMethods.get(charge.object.payment_method ?? "")?.card.disputes ?? null;
  if (reason !== null) openDispute(account, charge, charge.object.amount_captured, reason);
}

function forgetOldest(account: Account): void {
  const dispute = account.disputes.removeOldest();
  if (dispute !== undefined) forgetTransactionsOf(account, dispute.id);
}

function requireDispute(account: Account, id: string): Dispute {
  const dispute = account.disputes.get(id);
  if (dispute === undefined) throw noSuch("dispute", id, "id");
  return dispute;
}

function refuseUnlessOpen({ id, object }: Dispute): void {
  if (open.includes(object.status)) return;
  throw conflictingState(undefined, `The dispute ${id} is already closed: it is ${object.status}.`);
}

/** The bank decides a dispute. */
export function decideDispute(account: Account, id: string, input: unknown): DisputeObject {
  const { outcome } = closing.parse(input);
  const dispute = requireDispute(account, id);
  refuseUnlessOpen(dispute);
  return settle(account, dispute, outcome);
}

/** A dispute that is won brings its amount back, and its fee where the prices say so; a lost one nothing. */
function settle(account: Account, dispute: Dispute, outcome: "won" | "lost"): DisputeObject {
  dispute.object = { ...dispute.object, status: outcome };
  if (outcome === "won") {
    const { amount, currency, charge } = dispute.object;
    const { disputeMinor, returnsDisputeFee } = account.pricing();
    const returned = book(account, {
      type: "adjustment",
      category: "dispute_reversal",
      amount,
      fee: { amount: returnsDisputeFee ? -disputeMinor : 0, description: "Dispute fee" },
      currency,
      source: dispute.id,
      description: `Chargeback reversal for ${charge}`,
    });
    const before = dispute.object.balance_transactions;
    dispute.object = { ...dispute.object, balance_transactions: [...before, returned] };
    announce(account, { type: "charge.dispute.funds_reinstated", object: dispute.object });
  }
  announce(account, { type: "charge.dispute.closed", object: dispute.object });
  return dispute.object;
}

/** The platform gives in: the dispute is lost. */
export function closeDispute(account: Account, id: string): DisputeObject {
  const dispute = requireDispute(account, id);
  refuseUnlessOpen(dispute);
  return settle(account, dispute, "lost");
}

export function retrieveDispute(account: Account, id: string): DisputeObject {
  return requireDispute(account, id).object;
}

/** Stages evidence, or submits it to the bank, which answers Stripe's test texts at once. */
export function updateDispute(account: Account, id: string, form: Form): DisputeObject {
  const dispute = requireDispute(account, id);
  const group = optionalGroup(form, "evidence");
  const submit = optionalFlag(form, "submit") ?? group !== undefined;
  if (group !== undefined || submit) refuseUnlessOpen(dispute);
  const evidence = changedEvidence(dispute.object.evidence, group ?? emptyForm());
  const { evidence_details: details } = dispute.object;
  dispute.object = {
    ...dispute.object,
    evidence,
    evidence_details: {
      ...details,
      has_evidence: evidenceTexts.some((name) => evidence[name] !== null),
      submission_count: details.submission_count + (submit ? 1 : 0),
      submission_method: submit ? "manual" : details.submission_method,
    },
    metadata: mergedMetadata(dispute.object.metadata, form),
    status: submit ? "under_review" : dispute.object.status,
  };
  announce(account, { type: "charge.dispute.updated", object: dispute.object });
  const outcome = submit ? telling[evidence.uncategorized_text ?? ""] : undefined;
  return outcome === undefined ? dispute.object : settle(account, dispute, outcome);
}

function changedEvidence(present: Stripe.Dispute.Evidence, group: Form): Stripe.Dispute.Evidence {
  refuseUnknown(group, new Set(evidenceTexts));
  const changed = { ...present };
  for (const name of evidenceTexts) {
    const text = clearableText(group, name);
    if (text !== undefined) changed[name] = text;
  }
  return changed;
}

export function listDisputes(account: Account, form: Form): Stripe.ApiList<DisputeObject> {
  const charge = optionalText(form, "charge");
  const intent = optionalText(form, "payment_intent");
  return page(
    form,
    account.disputes,
    "/v1/disputes",
    ({ object }) =>
      (charge === undefined || object.charge === charge) &&
      (intent === undefined || object.payment_intent === intent),
  );
}

/** @throws Refusal `charge_disputed` where the bank has the money, or may yet keep it */
export function refuseIfDisputed(account: Account, charge: Charge): void {
  if (!charge.object.disputed) return;
  for (const { object } of account.disputes.newestFirst()) {
    if (object.charge !== charge.id) continue;
    if (object.status === "won") return;
    break;
  }
  throw conflictingState(
    "charge_disputed",
    `Charge ${charge.id} has been charged back; cannot issue a refund.`,
    {
      charge: charge.id,
    },
  );
}
