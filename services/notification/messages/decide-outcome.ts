/** What is recorded after an attempt, pure: the attempt's result in, the message's next state out. */
import { backoffMs } from "@holdfast/chassis/backoff";
import type { Handover } from "../mail/send-failure.ts";
import { mailRefused, noContact, ticketOutdated, triedTooOften } from "../problems.ts";
import type { Recorded } from "./record-outcomes.ts";

/** What an attempt ended with. */
export type Attempt =
  | Handover
  /** Auth knows nobody of that id. */
  | { readonly outcome: "no-contact" }
  /** Its ticket can no longer be opened: the link was used or has run out, or the person was erased. */
  | { readonly outcome: "outdated" }
  /** Nothing was tried: auth was away, or this process is stopping. */
  | { readonly outcome: "untried"; readonly code: string };

/** With these waits, the last attempt comes an hour and a half after the first; beyond that a mail helps nobody. */
export const attemptsMax = 14;
const retry = { baseMs: 1_000, maxMs: 1_800_000 };
/** Whoever did not try pauses by itself; another replica may be luckier, soon. */
const untriedDelayMs = 100;

/** `attempts` counts this attempt; `random` spreads retries, 0 to 1. */
export function decideOutcome(attempt: Attempt, attempts: number, random: number): Omit<Recorded, "message"> {
  const finished = { delayMs: 0, counts: true } as const;
  switch (attempt.outcome) {
    case "accepted":
      return { status: "sent", error: null, ...finished };
    case "no-contact":
      return { status: "failed", error: noContact, ...finished };
    case "outdated":
      return { status: "failed", error: ticketOutdated, ...finished };
    case "refused":
      return { status: "failed", error: `${mailRefused} (${attempt.code})`, ...finished };
    case "failed":
      return attempts >= attemptsMax
        ? { status: "failed", error: `${triedTooOften} (${attempt.code})`, ...finished }
        : {
            status: "waiting",
            error: attempt.code,
            delayMs: backoffMs(attempts, retry, random),
            counts: true,
          };
    case "unreachable":
    case "untried":
      return { status: "waiting", error: attempt.code, delayMs: untriedDelayMs, counts: false };
  }
}
