/** A payment method that its guest had taken away: it is detached at the provider, however long that takes. Pure. */
import type { Id } from "@holdfast/contracts/ids";
import { instantAt } from "../payments/payment.ts";
import type { DetachAnswer } from "../providers/customer-provider.ts";
import {
  answered,
  type Calling,
  failed,
  planned,
  type Surroundings,
  untried,
} from "../written-calls/written-call.ts";

/** One row of `removed_methods`. */
export interface Removal extends Calling<"detach"> {
  readonly methodId: string;
  readonly userId: Id<"usr">;
  readonly createdAt: string;
}

export function newRemoval(methodId: string, userId: Id<"usr">, surroundings: Surroundings): Removal {
  const removal: Removal = { ...untried, methodId, userId, createdAt: instantAt(surroundings.nowMs) };
  return planned(removal, { purpose: "detach", subject: `method:${methodId}` }, surroundings);
}

/** The removal after an answer. Detaching again does nothing, so the same call is made until it is done. */
export function applyDetachAnswer(
  removal: Removal,
  { key, answer }: { readonly key: string; readonly answer: DetachAnswer },
  surroundings: Surroundings,
): Removal {
  if (removal.call?.key !== key) return removal;
  if (answer.outcome === "done") return answered(removal, null);
  if (answer.outcome === "failed") return failed(removal, answer, surroundings);
  // Nobody else is to pay by it, so it is not let go of: a person is told.
  const retryAt = instantAt(surroundings.nowMs + surroundings.patience.parkedRetryMs);
  return { ...removal, failures: 0, nextAttemptAt: retryAt, parkedReason: answer.reason };
}
