/** Makes the text of `.env` from that of `.env.example`. */
import { randomBytes } from "node:crypto";

/** A password that is also a word of nats-server's configuration and a part of a URL: a letter, then hexadecimal. */
function newSecret(): string {
  return `s${randomBytes(24).toString("hex")}`;
}

/** Stripe gives these two; no random value would do. */
const givenByOthers = ["STRIPE_WEBHOOK_SECRET"];

function isOurs(name: string): boolean {
  return /_(PASSWORD|SECRET)$/.test(name) && !givenByOthers.includes(name);
}

/** What trying the platform without any account takes: the stand-ins' addresses, and keys that only they know. */
function sandboxSettings(): Record<string, string> {
  return {
    PUBLIC_URL: "http://127.0.0.1:8080",
    STRIPE_API_KEY: `sk_test_${randomBytes(16).toString("hex")}`,
    STRIPE_WEBHOOK_SECRET: `whsec_${randomBytes(16).toString("hex")}`,
    STRIPE_API_URL: "http://stripe:8091",
    SMTP_URL: "smtp://mail:8025",
    MAIL_FROM: "Holdfast <bookings@holdfast.example>",
    ADMIN_EMAIL: "admin@holdfast.example",
    HOLDFAST_ENV: "development",
    TEST_CLOCK: "on",
    COMPOSE_PROFILES: "sandbox",
  };
}

/**
 * The example with a fresh value for every password and secret of ours. Without `sandbox`, what only the operator
 * knows stays empty and there is no administrator, so that compose names what is still to be filled in.
 */
export function environmentFile(example: string, { sandbox }: { readonly sandbox: boolean }): string {
  const settings = sandbox ? sandboxSettings() : { ADMIN_PASSWORD: "" };
  return example
    .split("\n")
    .map((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      if (name === undefined) return line;
      return `${name}=${settings[name] ?? (isOurs(name) ? newSecret() : value)}`;
    })
    .join("\n");
}
