/**
 * Spares a provider that is away, and ourselves the waiting for it: after some calls in a row that found nobody, none is
 * made for a while, then one to see whether it is back. What waits meanwhile is not counted against its payment.
 */
import type { Logger } from "@holdfast/chassis/log";
import type { Metrics } from "@holdfast/chassis/metrics";
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
} from "cockatiel";
import type { Failed } from "../payments/answer.ts";
import type { BooksProvider } from "./books-provider.ts";
import type { CustomerProvider } from "./customer-provider.ts";
import type { DisputeProvider } from "./dispute-provider.ts";
import type { PayoutProvider } from "./payout-provider.ts";
import type { Provider } from "./provider.ts";

export interface BreakerOptions {
  /** The provider's, as metrics name it. */
  readonly name: string;
  /** So many calls in a row that found nobody, and it opens. */
  readonly failures: number;
  /** For so long no call is made, in ms. */
  readonly openMs: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The provider as a whole does not answer; busy with one object, or refusing our key, it is there. */
const away: ReadonlySet<Failed["reason"]> = new Set(["unreachable", "timeout", "server-error"]);

/** What any call comes to. */
type AnyAnswer = { readonly outcome: "done" | "refused" } | Failed;

function isAway(answer: AnyAnswer): answer is Failed {
  return answer.outcome === "failed" && away.has(answer.reason);
}

/** Stands between this process and one provider, whatever it is called for. */
export interface Breaker {
  /** Makes the call, unless the provider is known to be away. */
  run<A extends AnyAnswer>(make: () => Promise<A>): Promise<A | Failed>;
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { name, failures, openMs, log, metrics } = options;
  const policy = circuitBreaker(
    // Only answers go through it.
    handleWhenResult((answer) => isAway(answer as AnyAnswer)),
    { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) },
  );
  const paused = metrics.gauge({
    name: "payment_provider_paused",
    help: "1 while a payment provider is not called, as it does not answer.",
    labels: ["provider"],
  });
  paused.set({ provider: name }, 0);
  policy.onStateChange((state) => {
    paused.set({ provider: name }, state === CircuitState.Closed ? 0 : 1);
    if (state === CircuitState.Open)
      log.warn({ provider: name, openMs }, "a payment provider does not answer: its calls wait");
    if (state === CircuitState.Closed) log.info({ provider: name }, "a payment provider answers again");
  });
  return {
    async run(make) {
      try {
        const answer = await policy.execute(make);
        const isKnown = isAway(answer) && policy.state !== CircuitState.Closed;
        return isKnown ? { ...answer, waitMs: openMs } : answer;
      } catch (error) {
        if (!isBrokenCircuitError(error)) throw error;
        return { outcome: "failed", reason: "paused", kept: false, waitMs: openMs };
      }
    },
  };
}

/** The provider behind its breaker. */
export function behindBreaker(provider: Provider, breaker: Breaker): Provider {
  return { name: provider.name, make: (call) => breaker.run(() => provider.make(call)) };
}

/** The same of who pays vendors out. */
export function payoutsBehindBreaker(provider: PayoutProvider, breaker: Breaker): PayoutProvider {
  return {
    name: provider.name,
    callAboutAccount: (call) => breaker.run(() => provider.callAboutAccount(call)),
    callAboutTransfer: (call) => breaker.run(() => provider.callAboutTransfer(call)),
    makeOnboardingLink: (accountId, pages) =>
      breaker.run(() => provider.makeOnboardingLink(accountId, pages)),
  };
}

/** The same of who keeps what guests pay by. */
export function customersBehindBreaker(provider: CustomerProvider, breaker: Breaker): CustomerProvider {
  return {
    name: provider.name,
    callAboutCustomer: (call) => breaker.run(() => provider.callAboutCustomer(call)),
    listMethods: (of) => breaker.run(() => provider.listMethods(of)),
    ownsMethod: (of) => breaker.run(() => provider.ownsMethod(of)),
    detachMethod: (methodId) => breaker.run(() => provider.detachMethod(methodId)),
  };
}

/** The same of who knows of disputes. Lists are not behind it: the sweep that reads them asks once in minutes, and rejects. */
export function disputesBehindBreaker(provider: DisputeProvider, breaker: Breaker): DisputeProvider {
  return {
    ...provider,
    lookAtDispute: (providerId) => breaker.run(() => provider.lookAtDispute(providerId)),
  };
}

/** The same of what the reconciliation changes. What it reads is not behind it: a run waits longer after each failure. */
export function booksBehindBreaker(provider: BooksProvider, breaker: Breaker): BooksProvider {
  return { ...provider, giveBack: (of) => breaker.run(() => provider.giveBack(of)) };
}
