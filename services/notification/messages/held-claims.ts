/** The messages that are this process's to send: its claims on them, renewed for as long as it lives. */
import type { Logger } from "@holdfast/chassis/log";
import { every, type Sweep } from "@holdfast/chassis/sweep";
import type { Kysely } from "kysely";
import type { NotificationTables } from "../database.ts";
import { type ClaimedMessage, claimMessages, renewClaims } from "./claim-messages.ts";

/** What a killed process had in hand is taken up by another, or by its successor, after this long at most. */
const claimMs = 4_000;
/** So often that a claim survives two renewals that fail. */
const renewEveryMs = 1_000;
/** No send begins with less than this left of its claim: the next renewal may fail. */
const leftToBeginMs = 1_000;

interface Claim {
  readonly message: ClaimedMessage;
  /** On the monotonic clock: after this the message may be somebody else's. */
  untilMs: number;
}

/** Bounded by what is claimed: its user claims no more than it has room for, and releases each. */
export class HeldClaims implements AsyncDisposable {
  readonly #db: Kysely<NotificationTables>;
  readonly #claims = new Map<string, Claim>();
  readonly #renewal: Sweep;

  constructor({ db, log }: { readonly db: Kysely<NotificationTables>; readonly log: Logger }) {
    this.#db = db;
    this.#renewal = every({
      name: "message-claims",
      intervalMs: renewEveryMs,
      work: () => this.#renew(),
      log,
    });
  }

  /** Claims at most `limit` messages that are due. */
  async claim(limit: number): Promise<ClaimedMessage[]> {
    const untilMs = performance.now() + claimMs;
    const claimed = await claimMessages(this.#db, { limit, claimMs, inHand: [...this.#claims.keys()] });
    for (const message of claimed) this.#claims.set(message.message_id, { message, untilMs });
    return claimed;
  }

  /** Is the message still this process's, for long enough to begin? */
  mayBegin({ message_id }: ClaimedMessage): boolean {
    const claim = this.#claims.get(message_id);
    return claim !== undefined && performance.now() + leftToBeginMs <= claim.untilMs;
  }

  /** The message's outcome is recorded, or given up. */
  release({ message_id }: ClaimedMessage): void {
    this.#claims.delete(message_id);
  }

  /** Renews no more. What is held goes back to everybody by the passing of time. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#renewal[Symbol.asyncDispose]();
  }

  async #renew(): Promise<void> {
    const claims = [...this.#claims.values()];
    if (claims.length === 0) return;
    const untilMs = performance.now() + claimMs;
    const messages = claims.map(({ message }) => message);
    const renewed = await renewClaims(this.#db, messages, claimMs);
    for (const claim of claims) if (renewed.has(claim.message.message_id)) claim.untilMs = untilMs;
  }
}
