/** Auth's configuration; the only reader of its environment. */
import { ConfigError, instances, loadConfig, secret } from "@holdfast/chassis/config";
import { foundationConfig } from "@holdfast/chassis/foundation-config";
import { z } from "zod";

/** Every variable auth reads. */
export const configSchema = z.object({
  ...foundationConfig,
  /** Encrypts the private signing keys at rest and derives refresh tokens' successors; the same on every replica. */
  KEY_ENCRYPTION_SECRET: secret(z.string().min(32)),
  /** How long a signing key signs before the next is made. */
  KEY_ROTATION_DAYS: z.coerce.number().int().min(1).max(365).default(30),
  /** What a password's hash takes: as OWASP has it, or next to nothing, for tests. */
  PASSWORD_HASHING: z.enum(["owasp", "quick"]).default("owasp"),
  /** Wrong passwords and codes of one network (/24, /48) in fifteen minutes, before it has to wait. */
  FAILED_ATTEMPTS_PER_NETWORK: z.coerce.number().int().min(10).max(1_000_000).default(100),
  /** Client secrets of the services that call others in their own name. */
  NOTIFICATION_CLIENT_SECRET: secret(z.string().min(16)),
  GATEWAY_CLIENT_SECRET: secret(z.string().min(16)),
  CATALOG_CLIENT_SECRET: secret(z.string().min(16)),
  BOOKING_CLIENT_SECRET: secret(z.string().min(16)),
  PAYMENT_CLIENT_SECRET: secret(z.string().min(16)),
  /** Where the other services are, which are asked what they keep about a person. */
  CATALOG_URL: instances,
  BOOKING_URL: instances,
  PAYMENT_URL: instances,
  NOTIFICATION_URL: instances,
  /** Sign-in with Google, where there is a client: as registered at Google, with `<PUBLIC_URL>/v1/sessions/google/callback`. */
  GOOGLE_CLIENT_ID: z.string().min(1).optional(),
  GOOGLE_CLIENT_SECRET: secret(z.string().min(1)).optional(),
  GOOGLE_ISSUER: z.url({ protocol: /^https?$/ }).default("https://accounts.google.com"),
  /** The gateway's address as browsers see it. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The first administrator, made at the start when there is no such account. */
  ADMIN_EMAIL: z.email().max(254).toLowerCase().optional(),
  ADMIN_PASSWORD: secret(z.string().min(12).max(256)).optional(),
});

export type AuthConfig = z.output<typeof configSchema>;

/**
 * Reads the environment.
 * @throws ConfigError naming everything that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): AuthConfig {
  const config = loadConfig(configSchema, env);
  if (config.ADMIN_EMAIL !== undefined && config.ADMIN_PASSWORD === undefined) {
    throw new ConfigError([{ name: "ADMIN_PASSWORD", message: "is missing: ADMIN_EMAIL needs it" }]);
  }
  if (config.ADMIN_PASSWORD !== undefined && config.ADMIN_EMAIL === undefined) {
    throw new ConfigError([{ name: "ADMIN_EMAIL", message: "is missing: ADMIN_PASSWORD needs it" }]);
  }
  if (config.PASSWORD_HASHING === "quick" && config.HOLDFAST_ENV === "production") {
    throw new ConfigError([{ name: "PASSWORD_HASHING", message: "must be owasp in production" }]);
  }
  requireGoogleSettings(config);
  return config;
}

/** @throws ConfigError where sign-in with Google is half set up, or would go over the network in the clear */
function requireGoogleSettings(config: AuthConfig): void {
  if (config.GOOGLE_CLIENT_ID === undefined) return;
  const needed = ["GOOGLE_CLIENT_SECRET", "PUBLIC_URL"] as const;
  const missing = needed.filter((name) => config[name] === undefined);
  const isClear = config.HOLDFAST_ENV === "production" && config.GOOGLE_ISSUER.startsWith("http:");
  const problems = [
    ...missing.map((name) => ({ name, message: "is missing: GOOGLE_CLIENT_ID needs it" })),
    ...(isClear ? [{ name: "GOOGLE_ISSUER", message: "must be an https URL in production" }] : []),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
}
