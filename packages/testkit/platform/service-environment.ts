import { join } from "node:path";
import type { PlatformDatabase } from "../servers/database.ts";
import type { NatsHandle } from "../servers/nats.ts";
import type { RedisHandle } from "../servers/redis.ts";
import type { LocalSecrets } from "./local-secrets.ts";
import type { PlatformPorts, PlatformService, StandInName } from "./platform-ports.ts";

/** An account's login. */
export type Login = { readonly email: string; readonly password: string };

/** Everything the processes' environments are made of. */
export type Surroundings = {
  readonly ports: PlatformPorts;
  readonly secrets: LocalSecrets;
  readonly database: Pick<PlatformDatabase, "urlFor">;
  readonly nats: Pick<NatsHandle, "url" | "passwords">;
  readonly redis: Pick<RedisHandle, "url">;
  readonly admin: Login;
  readonly testClock: boolean;
  readonly rateLimits: boolean;
  readonly passwordHashing: "owasp" | "quick";
  readonly logLevel: string;
  /** Where traces go; nowhere when not given. */
  readonly tracesUrl: string | undefined;
};

type Environment = Readonly<Record<string, string>>;

/** Where a listener of this machine is reached. */
export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

// Tokens outlive a start on another port, so their issuer is a name and not an address.
const tokenIssuer = "https://holdfast.localhost";
const openidClientId = "holdfast";

/** Stripe sends what the endpoint subscribed to, and payment subscribes to what moves a payment, and to what vendors' accounts do. */
export const stripeEvents = [
  "payment_intent.amount_capturable_updated",
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "payment_intent.requires_action",
  "charge.refunded",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.funds_withdrawn",
  "charge.dispute.funds_reinstated",
  "charge.dispute.closed",
  "account.updated",
  "account.application.deauthorized",
];

function forEveryService({ ports, testClock, logLevel, redis, tracesUrl }: Surroundings): Environment {
  return {
    HOLDFAST_ENV: "development",
    HOST: "127.0.0.1",
    LOG_LEVEL: logLevel,
    REDIS_URL: redis.url,
    AUTH_URL: urlOf(ports.auth),
    TOKEN_ISSUER: tokenIssuer,
    TOKEN_AUDIENCE: "holdfast",
    TEST_CLOCK: testClock ? "on" : "off",
    ...(tracesUrl === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: tracesUrl }),
  };
}

/** Where those are whose facts invoices say. */
function invoicedServices(ports: PlatformPorts): Environment {
  return { CATALOG_URL: urlOf(ports.catalog), BOOKING_URL: urlOf(ports.booking) };
}

/** Where those are that auth and the gateway call. */
function calledServices(ports: PlatformPorts): Environment {
  return {
    ...invoicedServices(ports),
    PAYMENT_URL: urlOf(ports.payment),
    NOTIFICATION_URL: urlOf(ports.notification),
  };
}

/** Where time is the tests', books are compared when they ask for it, once all has come to rest. */
const comparedWhenAsked = {
  RECONCILE_EVERY_MINUTES: "0",
  RECONCILE_GRACE_MS: "300",
  RECONCILE_OVERDUE_MS: "5000",
};

function forOne(
  service: PlatformService,
  { ports, secrets, admin, rateLimits, passwordHashing, testClock }: Surroundings,
): Environment {
  switch (service) {
    case "gateway":
      return {
        ...calledServices(ports),
        CORS_ORIGINS: "",
        RATE_LIMITS: rateLimits ? "on" : "off",
        CLIENT_SECRET: secrets.gatewayClientSecret,
      };
    case "auth":
      return {
        KEY_ENCRYPTION_SECRET: secrets.keyEncryptionSecret,
        PASSWORD_HASHING: passwordHashing,
        ...calledServices(ports),
        GOOGLE_ISSUER: urlOf(ports.openid),
        GOOGLE_CLIENT_ID: openidClientId,
        GOOGLE_CLIENT_SECRET: secrets.openidClientSecret,
        PUBLIC_URL: urlOf(ports.gateway),
        NOTIFICATION_CLIENT_SECRET: secrets.notificationClientSecret,
        GATEWAY_CLIENT_SECRET: secrets.gatewayClientSecret,
        CATALOG_CLIENT_SECRET: secrets.catalogClientSecret,
        BOOKING_CLIENT_SECRET: secrets.bookingClientSecret,
        PAYMENT_CLIENT_SECRET: secrets.paymentClientSecret,
        ADMIN_EMAIL: admin.email,
        ADMIN_PASSWORD: admin.password,
      };
    case "payment":
      return {
        ...invoicedServices(ports),
        CLIENT_SECRET: secrets.paymentClientSecret,
        STRIPE_API_KEY: secrets.stripeApiKey,
        STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
        STRIPE_API_URL: urlOf(ports.stripe),
        ...(testClock ? comparedWhenAsked : {}),
      };
    case "notification":
      return {
        SMTP_URL: `smtp://127.0.0.1:${ports.smtp}`,
        MAIL_FROM: "Holdfast <bookings@holdfast.example>",
        CLIENT_SECRET: secrets.notificationClientSecret,
        PUBLIC_URL: urlOf(ports.gateway),
      };
    case "catalog":
      return { CLIENT_SECRET: secrets.catalogClientSecret };
    case "booking":
      return {
        CLIENT_SECRET: secrets.bookingClientSecret,
        ...(rateLimits ? {} : { HOLDS_PER_GUEST: "0" }),
      };
  }
}

/** The environment of one service, its port excepted: replicas share everything else. */
export function serviceEnvironment(service: PlatformService, surroundings: Surroundings): Environment {
  const { database, nats } = surroundings;
  const data: Environment =
    service === "gateway"
      ? {}
      : {
          DATABASE_URL: database.urlFor(service),
          NATS_URL: nats.url,
          NATS_USER: service,
          NATS_PASSWORD: nats.passwords[service],
        };
  return { ...forEveryService(surroundings), ...data, ...forOne(service, surroundings) };
}

/** The environment of one stand-in. */
export function standInEnvironment(
  standIn: StandInName,
  {
    ports,
    secrets,
    stateDir,
  }: Pick<Surroundings, "ports" | "secrets"> & {
    /** Where stand-ins keep their state; in memory alone when not given. */
    readonly stateDir: string | undefined;
  },
): Environment {
  const state: Environment = stateDir === undefined ? {} : { STATE_FILE: join(stateDir, `${standIn}.jsonl`) };
  switch (standIn) {
    case "stripe":
      return {
        ...state,
        HOST: "127.0.0.1",
        PORT: String(ports.stripe),
        STRIPE_API_KEY: secrets.stripeApiKey,
        STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
        // As in production: the one door is the gateway.
        STRIPE_WEBHOOK_URL: `${urlOf(ports.gateway)}/v1/webhooks/stripe`,
        STRIPE_ENABLED_EVENTS: stripeEvents.join(","),
      };
    case "openid":
      return {
        PORT: String(ports.openid),
        OPENID_CLIENT_ID: openidClientId,
        OPENID_CLIENT_SECRET: secrets.openidClientSecret,
        OPENID_REDIRECT_URIS: `${urlOf(ports.gateway)}/v1/sessions/google/callback`,
      };
    case "mail":
      return { ...state, SMTP_PORT: String(ports.smtp), HTTP_PORT: String(ports.mail) };
  }
}
