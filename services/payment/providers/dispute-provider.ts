/** What payment asks about disputes: how one stands, and which there are. */
import type { DisputeAnswer } from "../disputes/dispute.ts";

/** A dispute as a list of the provider's has it. */
export interface ListedDispute {
  readonly providerId: string;
  /** In the provider's words. */
  readonly status: string;
}

export interface DisputeProvider {
  /** As metrics name it. */
  readonly name: string;
  /** How the dispute stands, with the booking that its charge says it is of. */
  lookAtDispute(providerId: string): Promise<DisputeAnswer>;
  /** A page of those opened since then, newest first; `next` asks for the one after it. Rejects where it cannot be had. */
  listDisputes(of: {
    readonly since: Temporal.Instant;
    readonly after: string | null;
  }): Promise<{ readonly disputes: readonly ListedDispute[]; readonly next: string | null }>;
  /** All about one intent. Rejects where they cannot be had. */
  disputesOf(intentId: string): Promise<readonly ListedDispute[]>;
}
