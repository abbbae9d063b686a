import { expect, test } from "vitest";
import { z } from "zod";
import {
  baseConfig,
  ConfigError,
  databaseConfig,
  httpConfig,
  loadConfig,
  redisConfig,
  secret,
} from "./config.ts";

const schema = z.object({
  ...baseConfig,
  ...httpConfig,
  ...databaseConfig,
  ...redisConfig,
  PEPPER: secret(
    z.string().refine((text) => text.length > 20, { error: (issue) => `${String(issue.input)} is short` }),
  ),
});

const right = {
  DATABASE_URL: "postgres://booking:hunter2@127.0.0.1/holdfast",
  REDIS_URL: "redis://127.0.0.1:6379",
  PEPPER: "a-pepper-that-is-long-enough",
};

function problemsOf(env: Record<string, string>) {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

test("fills in what has a default, and turns numbers into numbers", () => {
  expect(loadConfig(schema, { ...right, PORT: "8080" })).toMatchObject({
    HOLDFAST_ENV: "development",
    HOST: "127.0.0.1",
    PORT: 8080,
    DATABASE_POOL: 10,
    TEST_CLOCK: "off",
  });
});

test("names every mistake at once", () => {
  const error = problemsOf({
    PORT: "eighty",
    LOG_LEVEL: "loud",
    TEST_CLOCK: "on",
    HOLDFAST_ENV: "production",
  });
  expect(error.problems.map(({ name }) => name).toSorted()).toEqual([
    "DATABASE_URL",
    "LOG_LEVEL",
    "PEPPER",
    "PORT",
    "REDIS_URL",
    "TEST_CLOCK",
  ]);
  for (const { name } of error.problems) expect(error.message).toContain(`${name}: `);
});

test("an empty variable counts as unset", () => {
  expect(loadConfig(schema, { ...right, PORT: "", HOST: "" })).toMatchObject({ PORT: 0, HOST: "127.0.0.1" });
  expect(problemsOf({ ...right, DATABASE_URL: "" }).problems).toEqual([
    { name: "DATABASE_URL", message: "is missing" },
  ]);
});

test("never prints a secret, whatever is wrong with it", () => {
  const error = problemsOf({ ...right, DATABASE_URL: "mysql://root:hunter2@db", PEPPER: "hunter2" });
  expect(error.problems).toHaveLength(2);
  expect(JSON.stringify([error.message, error.problems])).not.toContain("hunter2");
});

test("refuses a test clock in production, and takes one elsewhere", () => {
  expect(problemsOf({ ...right, HOLDFAST_ENV: "production", TEST_CLOCK: "on" }).problems).toEqual([
    { name: "TEST_CLOCK", message: "must be off in production" },
  ]);
  expect(loadConfig(schema, { ...right, HOLDFAST_ENV: "test", TEST_CLOCK: "on" }).TEST_CLOCK).toBe("on");
});
