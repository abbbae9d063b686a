/** Keeps passwords and codes from being guessed, across addresses, and tells nobody which accounts there are. */
import { createHash } from "node:crypto";
import type { Logger } from "@holdfast/chassis/log";
import type { Metrics } from "@holdfast/chassis/metrics";
import { Problem } from "@holdfast/chassis/problem";
import { idempotencyKeyReused } from "@holdfast/chassis/problems";
import { createRateLimiter } from "@holdfast/chassis/rate-limit";
import type { RedisClient } from "@holdfast/chassis/redis";
import type { AuthDependencies } from "../dependencies.ts";
import { codeWrong, credentialsWrong, tooManyAttempts } from "../problems.ts";
import { type AttemptRule, attemptRules, needed, strangerWaits } from "./attempt-limits.ts";
import { isKnownNetwork } from "./known-network.ts";
import { createTurns } from "./turns.ts";

/** Somebody tries to prove that an account is theirs. */
export interface Attempt {
  readonly kind: "password" | "code";
  /** An e-mail address in lower case for a password, a user's id for a code; there need be no such account. */
  readonly account: string;
  /** As `networkOf` writes it; empty where it is not known. */
  readonly network: string;
}

export interface Attempts {
  /**
   * Lets `check` look at what was given, unless too much failed before: then nothing is looked at, right or wrong. A check
   * that refuses it as wrong is counted, and so is one that finds the call's key used for something else: who guesses
   * would be told as much by it. Whoever is right is let in only where the limit still has room after all that failed
   * meanwhile.
   * @throws tooManyAttempts, and whatever `check` throws
   */
  guard<T>(attempt: Attempt, check: () => Promise<T>): Promise<T>;
}

const countedCodes: ReadonlySet<string> = new Set(
  [credentialsWrong, codeWrong, idempotencyKeyReused].map(({ code }) => code),
);

export interface AttemptsOptions extends Pick<AuthDependencies, "db" | "clock"> {
  readonly redis: RedisClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Failures of one network in fifteen minutes. */
  readonly perNetwork: number;
}

/** Codes of one account that wait for each other in this process; more is no person's typing. */
const mostCodesWaiting = 20;

const everybody = "all";

export function createAttempts(options: AttemptsOptions): Attempts {
  const { redis, log, metrics, perNetwork } = options;
  const limiter = createRateLimiter<AttemptRule>({ redis, log, rules: attemptRules(perNetwork) });
  const turns = createTurns(mostCodesWaiting);
  const failures = metrics.counter({
    name: "failed_attempts_total",
    help: "Wrong passwords and codes",
    labels: ["kind"],
  });
  const refusals = metrics.counter({
    name: "refused_attempts_total",
    help: "Passwords and codes that were not looked at because too many failed before",
    labels: ["kind"],
  });

  const admit = async (attempt: Attempt): Promise<void> => {
    const { account, here, network } = keysOf(attempt);
    const { allowed: isOrdinary } = await limiter.peek("failures", everybody);
    const need = needed(perNetwork, !isOrdinary);
    const waitSeconds = strangerWaits(
      await Promise.all([
        limiter.peek("account-failures", account, need.account),
        ...(network === "" ? [] : [limiter.peek("network-failures", network, need.network)]),
      ]),
    );
    if (waitSeconds === 0) return;
    const isOwners = await isKnownNetwork(options, attempt);
    if (isOwners && (await limiter.peek("owner-failures", here)).allowed) return;
    refusals.add({ kind: attempt.kind });
    throw tooManyAttempts(undefined, { headers: { "retry-after": String(waitSeconds) } });
  };

  const countFailure = async (attempt: Attempt): Promise<void> => {
    const { account, here, network } = keysOf(attempt);
    failures.add({ kind: attempt.kind });
    await Promise.all([
      limiter.consume("failures", everybody),
      limiter.consume("account-failures", account),
      ...(network === ""
        ? []
        : [limiter.consume("owner-failures", here), limiter.consume("network-failures", network)]),
    ]);
  };

  const guardOne = async <T>(attempt: Attempt, check: () => Promise<T>): Promise<T> => {
    await admit(attempt);
    try {
      return await check();
    } catch (error) {
      if (error instanceof Problem && countedCodes.has(error.code)) await countFailure(attempt);
      throw error;
    }
  };

  return {
    guard: async (attempt, check) => {
      if (attempt.kind === "password") {
        const checked = await guardOne(attempt, check);
        // A thousand guesses sent at once were all admitted: the right one among them must not come through.
        await admit(attempt);
        return checked;
      }
      // A code is used up by looking at it, so those of one account wait for each other instead.
      const turn = await turns.take(attempt.account, () => guardOne(attempt, check));
      if (turn === undefined) throw tooManyAttempts(undefined, { headers: { "retry-after": "1" } });
      return turn.result;
    },
  };
}

/** What failures are counted under: an address of mail is kept nowhere but with its account. */
function keysOf({ kind, account, network }: Attempt) {
  const hash = createHash("sha256").update(`${kind}\0${account}`).digest("base64url");
  return { account: hash, here: `${hash}:${network}`, network };
}
