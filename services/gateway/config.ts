/** The gateway's settings, read from the environment once. */
import { isIP } from "node:net";
import { z } from "zod";
import {
  baseConfig,
  clientConfig,
  httpConfig,
  loadConfig,
  redisConfig,
  tokenConfig,
} from "@holdfast/chassis/config";

const serviceUrl = z.url({ protocol: /^https?$/, error: "must be http or https URLs" });

/** Instances of a service that the gateway spreads its calls over; one name that stands for all of them is one. */
const mostInstances = 32;
const serviceUrls = z
  .string()
  .transform((text) => text.split(",").map((each) => each.trim()))
  .pipe(z.array(serviceUrl).max(mostInstances));

const commaList = (item: z.ZodType<string, string>) =>
  z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((each) => each.trim())
        .filter(Boolean),
    )
    .pipe(z.array(item));

const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "must be origins such as https://app.example.com",
  );

function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

export const configSchema = z.object({
  ...baseConfig,
  ...httpConfig,
  ...redisConfig,
  ...tokenConfig,
  ...clientConfig,
  /** Keys and tokens of its own are asked of the first. */
  AUTH_URL: serviceUrls,
  CATALOG_URL: serviceUrls,
  BOOKING_URL: serviceUrls,
  PAYMENT_URL: serviceUrls,
  NOTIFICATION_URL: serviceUrls,
  /** Origins of browsers' pages that may call; none where empty. */
  CORS_ORIGINS: commaList(origin),
  RATE_LIMITS: z.enum(["on", "off"]).default("on"),
  /** Addresses or networks (CIDR) of proxies whose X-Forwarded-For is believed; none where empty. */
  TRUSTED_PROXIES: commaList(
    z.string().refine(isNetwork, "must be IP addresses or networks such as 10.0.0.0/8"),
  ),
  /** Header in which a trusted proxy tells the client's country (ISO 3166), such as `cf-ipcountry`; none where empty. */
  CLIENT_COUNTRY_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{0,64}$/, "must be the name of a header")
    .default("")
    .transform((name) => name.toLowerCase()),
});

export type GatewayConfig = z.output<typeof configSchema>;

/** @throws ConfigError naming everything that is wrong */
export function readConfig(env?: NodeJS.ProcessEnv): GatewayConfig {
  return loadConfig(configSchema, env);
}
