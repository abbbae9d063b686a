/** The payment service's configuration; the only reader of its environment. */
import { clientConfig, instances, loadConfig, secret } from "@holdfast/chassis/config";
import { foundationConfig } from "@holdfast/chassis/foundation-config";
import { z } from "zod";

export const configSchema = z.object({
  ...foundationConfig,
  ...clientConfig,
  /** Where those are reached whose facts invoices say. */
  CATALOG_URL: instances,
  BOOKING_URL: instances,
  STRIPE_API_KEY: secret(),
  /** Signing secrets of the webhook endpoint, separated by commas: the next one beside the present while it is rotated. */
  STRIPE_WEBHOOK_SECRET: secret(
    z.string().regex(/^[^\s,]+(,[^\s,]+)*$/, "must be secrets separated by commas"),
  ),
  /** Another base URL than Stripe's own. */
  STRIPE_API_URL: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
  /** Longest a call to Stripe may take, in ms. */
  STRIPE_TIMEOUT_MS: z.coerce.number().int().min(100).max(80_000).default(10_000),
  /** Authorisations in flight at Stripe at most. */
  STRIPE_AUTHORISING: z.coerce.number().int().min(1).max(1_000).default(64),
  /** Captures, voids, refunds and looks in flight at Stripe at most. */
  STRIPE_BACKGROUND: z.coerce.number().int().min(1).max(1_000).default(8),
  /** After so many calls in a row that found nobody at Stripe, calls wait. */
  STRIPE_BREAKER_FAILURES: z.coerce.number().int().min(1).max(1_000).default(10),
  /** Longest they wait before one is made to see whether Stripe is back, in ms. */
  STRIPE_BREAKER_OPEN_MS: z.coerce.number().int().min(50).max(60_000).default(5_000),
  /** First wait before looking, without a webhook, whether a guest has paid, in ms; it doubles up to a minute. */
  STRIPE_LOOK_AFTER_MS: z.coerce.number().int().min(50).max(60_000).default(5_000),
  /** What the platform keeps of a booking's price without tax, in hundredths of a percent, where no other rate is set for a vendor. */
  COMMISSION_BASIS_POINTS: z.coerce.number().int().min(0).max(10_000).default(0),
  /** Days from when a booking's money is decided until a vendor that says nothing else is sent it. */
  PAYOUT_HOLD_DAYS: z.coerce.number().int().min(0).max(365).default(7),
  /** The fewest and the most days that a vendor may say. */
  PAYOUT_HOLD_DAYS_MIN: z.coerce.number().int().min(0).max(365).default(1),
  PAYOUT_HOLD_DAYS_MAX: z.coerce.number().int().min(0).max(365).default(90),
  /** Minutes between two runs of the reconciliation; 0: only at an administrator's wish. */
  RECONCILE_EVERY_MINUTES: z.coerce.number().int().min(0).max(1_440).default(60),
  /** How many days back such a run goes, and the one of each night. */
  RECONCILE_DAYS: z.coerce.number().int().min(1).max(400).default(3),
  RECONCILE_WIDE_DAYS: z.coerce.number().int().min(1).max(400).default(35),
  /** A difference has to last so long, in ms: as long as calls and webhooks take. */
  RECONCILE_GRACE_MS: z.coerce.number().int().min(50).max(3_600_000).default(120_000),
  /** How long a call may go unanswered, or a confirmed booking uncaptured, in ms. */
  RECONCILE_OVERDUE_MS: z.coerce.number().int().min(50).max(86_400_000).default(900_000),
});
export type Config = z.infer<typeof configSchema>;

/** @throws ConfigError naming every problem at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(configSchema, env);
}
