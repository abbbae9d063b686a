import { ConfigError } from "@holdfast/chassis/config";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const complete = {
  DATABASE_URL: "postgres://holdfast_payment:x@127.0.0.1/holdfast",
  NATS_URL: "nats://127.0.0.1:4222",
  REDIS_URL: "redis://127.0.0.1:6379",
  AUTH_URL: "http://127.0.0.1:8081",
  CLIENT_SECRET: "p".repeat(16),
  TOKEN_ISSUER: "http://127.0.0.1:8081",
  CATALOG_URL: "http://127.0.0.1:8082",
  BOOKING_URL: "http://127.0.0.1:8083",
  STRIPE_API_KEY: "sk_test_1",
  STRIPE_WEBHOOK_SECRET: "whsec_1,whsec_2",
};

test("needs no more than the backing services and Stripe's two secrets", () => {
  expect(readConfig(complete)).toMatchObject({
    STRIPE_AUTHORISING: 64,
    STRIPE_BACKGROUND: 8,
  });
});

test("names everything that is wrong at once, and no secret", () => {
  const wrong = {
    ...complete,
    STRIPE_API_KEY: "",
    STRIPE_WEBHOOK_SECRET: "whsec_secret, ",
    STRIPE_API_URL: "ftp://stripe",
  };
  const thrown = (() => {
    try {
      return readConfig(wrong);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(ConfigError);
  const { message } = thrown as ConfigError;
  expect(message).toMatch(/STRIPE_API_KEY[^]*STRIPE_WEBHOOK_SECRET[^]*STRIPE_API_URL/);
  expect(message).not.toContain("whsec_secret");
});
