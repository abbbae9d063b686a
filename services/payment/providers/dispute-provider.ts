/** What payment asks about disputes: it reads how one stands, and never has to be told how the provider keeps them. */
import type { DisputeAnswer } from "../disputes/dispute.ts";

export interface DisputeProvider {
  /** As metrics name it. */
  readonly name: string;
  /** How the dispute stands, with the booking that its charge says it is of. */
  lookAtDispute(providerId: string): Promise<DisputeAnswer>;
}
