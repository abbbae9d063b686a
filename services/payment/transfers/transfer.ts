/** Money sent to a vendor, or taken back, as the pure core sees it: one call at a time, written down before it is made. */
import type { Id } from "@holdfast/contracts/ids";
import type { Failed } from "../payments/answer.ts";
import { instantAt } from "../payments/payment.ts";
import {
  answered,
  type Calling,
  claimed,
  failed,
  mayBeForgotten,
  planned,
  type Surroundings,
  untried,
} from "../written-calls/written-call.ts";

/** `find` looks for what a `create` that never answered may have made. */
export type TransferPurpose = "create" | "find";

/** `refused`: nothing was moved. */
export type TransferState = "planned" | "sent" | "refused";

/** What a reversal takes back, and for which booking. */
export interface Reversed {
  readonly transferId: Id<"trf">;
  /** The transfer's id at the provider. */
  readonly providerId: string;
  readonly bookingId: Id<"bkg">;
}

/** One row of `transfers`. */
export interface Transfer extends Calling<TransferPurpose> {
  readonly id: Id<"trf">;
  readonly vendorId: Id<"vnd">;
  /** The vendor's account at the provider. */
  readonly accountId: string;
  readonly currency: string;
  readonly amountMinor: number;
  /** What of the amount is the vendor's share, and what was taken as tax. */
  readonly payableMinor: number;
  readonly taxMinor: number;
  /** Null of a transfer. */
  readonly reverses: Reversed | null;
  readonly state: TransferState;
  /** The provider's id, once it is sent. */
  readonly providerId: string | null;
  /** Why it was refused, in the provider's word. */
  readonly reason: string | null;
  /** Of a transfer: what was taken back, and what is being taken back. */
  readonly reversedMinor: number;
  readonly reversingMinor: number;
  /** How many events have been announced about it. */
  readonly version: number;
  /** Business time. */
  readonly createdAt: string;
  readonly sentAt: string | null;
}

/** `providerId` is null where a `find` found nothing. */
export type TransferAnswer =
  | { readonly outcome: "done"; readonly providerId: string | null }
  | { readonly outcome: "refused"; readonly reason: string }
  | Failed;

/** What is to be sent, or taken back. */
export type TransferTerms = Pick<
  Transfer,
  "id" | "vendorId" | "accountId" | "currency" | "payableMinor" | "taxMinor" | "reverses" | "createdAt"
>;

function plannedFor(transfer: Transfer, purpose: TransferPurpose, surroundings: Surroundings): Transfer {
  const name = purpose === "create" && transfer.reverses !== null ? "reverse" : purpose;
  return planned(transfer, { purpose, name, subject: `transfer:${transfer.id}` }, surroundings);
}

/** A transfer or reversal to be made. */
export function newTransfer(terms: TransferTerms, surroundings: Surroundings): Transfer {
  const transfer: Transfer = {
    ...untried,
    ...terms,
    amountMinor: terms.payableMinor + terms.taxMinor,
    state: "planned",
    providerId: null,
    reason: null,
    reversedMinor: 0,
    reversingMinor: 0,
    version: 0,
    sentAt: null,
  };
  return plannedFor(transfer, "create", surroundings);
}

/** Takes the transfer up: makes its call again, or looks up what an old one did. */
export function takeUpTransfer(transfer: Transfer, surroundings: Surroundings): Transfer {
  const { call } = transfer;
  if (call?.purpose === "create" && mayBeForgotten(call, surroundings))
    return plannedFor({ ...transfer, call: null }, "find", surroundings);
  return claimed(transfer, surroundings);
}

/**
 * The transfer after an answer. One to a call that is no longer its own says nothing new: whoever made the same call was
 * faster. A refusal is the end of it; that nothing can be found out is not.
 */
export function applyTransferAnswer(
  transfer: Transfer,
  { key, answer, at }: { readonly key: string; readonly answer: TransferAnswer; readonly at: string },
  surroundings: Surroundings,
): Transfer {
  const { call } = transfer;
  if (call?.key !== key) return transfer;
  if (answer.outcome === "failed") return failed(transfer, answer, surroundings);
  if (answer.outcome === "refused") {
    if (call.purpose === "create")
      return { ...answered(transfer, null), state: "refused", reason: answer.reason };
    const { nowMs, patience } = surroundings;
    return {
      ...transfer,
      parkedReason: answer.reason,
      nextAttemptAt: instantAt(nowMs + patience.parkedRetryMs),
    };
  }
  const { providerId } = answer;
  if (providerId === null) return plannedFor({ ...transfer, call: null }, "create", surroundings);
  return { ...answered(transfer, null), state: "sent", providerId, version: 1, sentAt: at };
}
