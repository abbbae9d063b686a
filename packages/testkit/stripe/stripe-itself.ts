/**
 * Stripe itself, in place of the stand-in: the key of a test account, where the environment has one, and what tests may do
 * with it. Nothing else of a test run sees what stands here.
 */

/** A test account at Stripe. */
export interface StripeItself {
  readonly apiKey: string;
  /** Another base URL than Stripe's own. */
  readonly apiUrl: string | null;
  /** A connected account of the test account's that can be sent money; null where it has none. */
  readonly payee: string | null;
}

declare module "vitest" {
  export interface ProvidedContext {
    /** For the project that runs against Stripe itself alone. */
    stripeItself: StripeItself;
  }
}

const variables = {
  apiKey: "STRIPE_API_KEY",
  apiUrl: "STRIPE_API_URL",
  payee: "HOLDFAST_STRIPE_PAYEE",
} as const;

/**
 * What the environment says; null where it has no key.
 * @throws Error for a key that is no test account's: tests move no real money
 */
export function stripeItselfOf(environment: NodeJS.ProcessEnv): StripeItself | null {
  const [apiKey, apiUrl, payee] = Object.values(variables).map((name) => environment[name] || null);
  if (!apiKey) return null;
  if (!/^[rs]k_test_/.test(apiKey)) {
    const what = /^[a-z]+_live_/.test(apiKey)
      ? "a live key, which moves real money"
      : "not a test account's secret key";
    throw new Error(
      `${variables.apiKey} is ${what}: nothing is tested. Unset it, or set one that begins with sk_test_.`,
    );
  }
  return { apiKey, apiUrl: apiUrl ?? null, payee: payee ?? null };
}

/**
 * The same, and takes it out of the environment, so that no service and no process that a test starts meets it there.
 * @throws Error as stripeItselfOf
 */
export function takeStripeItself(environment: NodeJS.ProcessEnv): StripeItself | null {
  const found = stripeItselfOf(environment);
  for (const name of Object.values(variables)) delete environment[name];
  return found;
}

/** What a test run says at its end about what was not tried; null where all was. */
export function untriedOf(itself: StripeItself | null): string | null {
  const how = "CONTRIBUTING.md says how";
  if (itself === null)
    return `Stripe itself was not tried, only its stand-in: that takes ${variables.apiKey}=sk_test_…; ${how}.`;
  return itself.payee === null
    ? `Transfers were not tried at Stripe itself: that takes ${variables.payee}=acct_…; ${how}.`
    : null;
}
