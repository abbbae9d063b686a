/** What auth under test is told beside where its servers are. */

/** Laid over a platform's environment: auth is nobody's client, and its issuer is its own. */
export const authSettings = {
  AUTH_URL: "http://127.0.0.1:9",
  CATALOG_URL: "http://127.0.0.1:9",
  BOOKING_URL: "http://127.0.0.1:9",
  PAYMENT_URL: "http://127.0.0.1:9",
  NOTIFICATION_URL: "http://127.0.0.1:9",
  TOKEN_ISSUER: "https://holdfast.test",
  KEY_ENCRYPTION_SECRET: "k".repeat(32),
  PASSWORD_HASHING: "quick",
  NOTIFICATION_CLIENT_SECRET: "notification-client-secret",
  GATEWAY_CLIENT_SECRET: "gateway-client-secret",
  CATALOG_CLIENT_SECRET: "catalog-client-secret",
  BOOKING_CLIENT_SECRET: "booking-client-secret",
  PAYMENT_CLIENT_SECRET: "payment-client-secret",
} as const;
