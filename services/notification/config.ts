/** The notification service's configuration; the only reader of its environment. */
import { clientConfig, loadConfig, secret } from "@holdfast/chassis/config";
import { foundationConfig } from "@holdfast/chassis/foundation-config";
import { z } from "zod";
import { parseSender } from "./mail/sender-address.ts";

export const configSchema = z.object({
  ...foundationConfig,
  ...clientConfig,
  /** Where mail is handed over: `smtp://` or `smtps://`, with credentials where the server asks for them. */
  SMTP_URL: secret(z.string().regex(/^smtps?:\/\/[^\s]+$/, "must be an smtp:// or smtps:// URL")),
  /** Sender of every mail: `Name <address>`, or an address alone. */
  MAIL_FROM: z
    .string()
    .max(320)
    .refine((text) => parseSender(text) !== null, "must be an address, or Name <address>"),
  /** Connections to the mail server, and so mails on their way to it, at most. */
  SMTP_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(4),
  /** Longest that handing over one mail may take, in ms; the wait for a connection is part of it. */
  SMTP_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(30_000),
  /** Where guests look after their bookings; named at the end of each mail. */
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
});
export type Config = z.infer<typeof configSchema>;

/** @throws ConfigError naming every problem at once */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return loadConfig(configSchema, env);
}
