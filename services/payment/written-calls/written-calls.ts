/** Makes calls that were written down, never inside a transaction, and has each answer recorded. */
import type { Logger } from "@holdfast/chassis/log";
import type { Metrics } from "@holdfast/chassis/metrics";
import { isUnavailable } from "@holdfast/chassis/unavailable";
import type { Failed } from "../payments/answer.ts";
import type { CallLanes, Lane } from "../payments/call-lanes.ts";

/** What a call came to, as far as it is counted and logged. */
interface Outcome {
  readonly outcome: "done" | "refused" | "failed";
  readonly reason?: string;
}

/** A call to be made. */
export interface Job {
  /** Id of what it is about; one call at a time about each. */
  readonly subject: string;
  readonly purpose: string;
  readonly key: string;
  /** `background` where it is not said. */
  readonly lane?: Lane;
  readonly make: () => Promise<Made>;
}

/** A call that was made. */
export interface Made {
  readonly answer: Outcome;
  /** Records the answer; gives the call that follows from it at once. */
  readonly record: () => Promise<Job | null>;
}

export interface WrittenCallsOptions {
  /** As metrics name it. */
  readonly provider: string;
  readonly lanes: CallLanes;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface WrittenCalls {
  /** Begins these, except what is in hand here. What finds no place is left to the sweep. */
  begin(jobs: readonly Job[]): void;
  /** How many more could be begun. */
  room(): number;
}

export function createWrittenCalls({ provider, lanes, log, metrics }: WrittenCallsOptions): WrittenCalls {
  const made = metrics.counter({
    name: "payment_provider_calls_total",
    help: "Calls to payment providers by purpose and outcome.",
    labels: ["provider", "purpose", "outcome"],
  });
  const hand = new Map<string, string>();

  const makeAndRecord = async ({ subject, purpose, key, make }: Job): Promise<Job | null> => {
    const about = { subject, purpose, key };
    try {
      const { answer, record } = await make();
      const { outcome, reason } = answer;
      made.add({ provider, purpose, outcome });
      if (outcome !== "done") log.info({ ...about, outcome, reason }, "the provider did not do it");
      return await record();
    } catch (error) {
      // The row still has its call, which the sweep makes again under the same key.
      const level = isUnavailable(error) ? "warn" : "error";
      log[level]({ err: error, ...about }, "an answer of the provider was not recorded");
      return null;
    }
  };

  const begin = (jobs: readonly Job[]): void => {
    for (const job of jobs) {
      const { subject, key, lane = "background" } = job;
      if (hand.get(subject) === key) continue;
      const run = async () => {
        const next = await makeAndRecord(job);
        if (hand.get(subject) === key) hand.delete(subject);
        if (next !== null) begin([next]);
      };
      if (lanes.enter(lane, run)) hand.set(subject, key);
    }
  };

  return { begin, room: () => lanes.room() };
}

/**
 * Makes a call. A mistake of ours counts as a failure like any other, so that it is parked in the end and not repeated for
 * ever.
 */
export async function answerOf<A>(log: Logger, key: string, make: () => Promise<A>): Promise<A | Failed> {
  try {
    return await make();
  } catch (error) {
    log.error({ err: error, key }, "a call to the provider could not be made");
    return { outcome: "failed", reason: "internal", kept: false };
  }
}
