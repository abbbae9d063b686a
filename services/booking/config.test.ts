import { ConfigError } from "@holdfast/chassis/config";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const complete = {
  DATABASE_URL: "postgres://holdfast_booking:x@127.0.0.1/holdfast",
  NATS_URL: "nats://127.0.0.1:4222",
  REDIS_URL: "redis://127.0.0.1:6379",
  AUTH_URL: "http://127.0.0.1:8081",
  CLIENT_SECRET: "b".repeat(16),
  TOKEN_ISSUER: "http://127.0.0.1:8081",
};

test("reads feeds from public addresses alone unless told otherwise, and in production whatever is told", () => {
  expect(readConfig(complete)).toMatchObject({ FEEDS_ALLOW_PRIVATE: "off", FEEDS_EVERY_SECONDS: 900 });
  const inside = { ...complete, FEEDS_ALLOW_PRIVATE: "on" };
  expect(readConfig(inside).FEEDS_ALLOW_PRIVATE).toBe("on");
  const production = () => readConfig({ ...inside, HOLDFAST_ENV: "production" });
  expect(production).toThrow(ConfigError);
  expect(production).toThrow("FEEDS_ALLOW_PRIVATE: must be off in production");
});

test("limits what one guest holds unpaid unless told otherwise", () => {
  expect(readConfig(complete).HOLDS_PER_GUEST).toBe(60);
  expect(readConfig({ ...complete, HOLDS_PER_GUEST: "0" }).HOLDS_PER_GUEST).toBe(0);
  for (const wrong of ["-1", "1.5", "many"])
    expect(() => readConfig({ ...complete, HOLDS_PER_GUEST: wrong })).toThrow("HOLDS_PER_GUEST");
});
