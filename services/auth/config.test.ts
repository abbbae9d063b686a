import { ConfigError } from "@holdfast/chassis/config";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const sound = {
  DATABASE_URL: "postgres://holdfast_auth:pw@127.0.0.1:5432/holdfast",
  NATS_URL: "nats://127.0.0.1:4222",
  REDIS_URL: "redis://127.0.0.1:6379",
  AUTH_URL: "http://127.0.0.1:8081",
  TOKEN_ISSUER: "https://holdfast.test",
  KEY_ENCRYPTION_SECRET: "k".repeat(32),
  CATALOG_URL: "http://catalog:8080",
  BOOKING_URL: "http://booking:8080",
  PAYMENT_URL: "http://payment:8080",
  NOTIFICATION_URL: "http://notification:8080",
  NOTIFICATION_CLIENT_SECRET: "n".repeat(16),
  GATEWAY_CLIENT_SECRET: "g".repeat(16),
  CATALOG_CLIENT_SECRET: "c".repeat(16),
  BOOKING_CLIENT_SECRET: "b".repeat(16),
  PAYMENT_CLIENT_SECRET: "p".repeat(16),
};

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ name }) => name);
    throw error;
  }
  return [];
}

test("starts without an administrator of its own", () => {
  expect(readConfig(sound).ADMIN_EMAIL).toBeUndefined();
});

test("an administrator's address is taken in lower case", () => {
  const config = readConfig({ ...sound, ADMIN_EMAIL: "Root@Example.COM", ADMIN_PASSWORD: "velvet-orbit-42" });
  expect(config.ADMIN_EMAIL).toBe("root@example.com");
});

test("an administrator needs both an address and a password", () => {
  expect(problemsOf({ ...sound, ADMIN_EMAIL: "root@example.com" })).toEqual(["ADMIN_PASSWORD"]);
  expect(problemsOf({ ...sound, ADMIN_PASSWORD: "velvet-orbit-42" })).toEqual(["ADMIN_EMAIL"]);
});

test("hashes passwords as OWASP has it where nothing is said, and takes nothing less in production", () => {
  expect(readConfig(sound).PASSWORD_HASHING).toBe("owasp");
  const quick = { ...sound, PASSWORD_HASHING: "quick" };
  expect(readConfig(quick).PASSWORD_HASHING).toBe("quick");
  expect(() => readConfig({ ...quick, HOLDFAST_ENV: "production" })).toThrow(
    /PASSWORD_HASHING: must be owasp in production/,
  );
});

test("refuses secrets that are too short, naming each and quoting none", () => {
  const env = { ...sound, KEY_ENCRYPTION_SECRET: "tooshort", GATEWAY_CLIENT_SECRET: "tooshort" };
  expect(problemsOf(env)).toEqual(["KEY_ENCRYPTION_SECRET", "GATEWAY_CLIENT_SECRET"]);
  expect(() => readConfig(env)).toThrow(/^((?!tooshort).)*$/s);
});

test("sign-in with Google needs the secret and where browsers come back to, and TLS in production", () => {
  const google = {
    GOOGLE_CLIENT_ID: "client",
    GOOGLE_CLIENT_SECRET: "secret",
    PUBLIC_URL: "https://api.test",
  };
  expect(problemsOf({ ...sound, GOOGLE_CLIENT_ID: "client" })).toEqual([
    "GOOGLE_CLIENT_SECRET",
    "PUBLIC_URL",
  ]);
  expect(problemsOf({ ...sound, ...google })).toEqual([]);
  const clear = { ...sound, ...google, GOOGLE_ISSUER: "http://127.0.0.1:8092" };
  expect(problemsOf(clear)).toEqual([]);
  expect(problemsOf({ ...clear, HOLDFAST_ENV: "production" })).toEqual(["GOOGLE_ISSUER"]);
});
