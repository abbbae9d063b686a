import { ConfigError } from "@holdfast/chassis/config";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const sound = {
  DATABASE_URL: "postgres://holdfast_notification:pw@127.0.0.1:5432/holdfast",
  NATS_URL: "nats://127.0.0.1:4222",
  REDIS_URL: "redis://127.0.0.1:6379",
  AUTH_URL: "http://127.0.0.1:8081",
  TOKEN_ISSUER: "https://holdfast.test",
  SMTP_URL: "smtps://user:hunter2@mail.example:465",
  MAIL_FROM: "Holdfast <bookings@holdfast.example>",
  CLIENT_SECRET: "n".repeat(16),
};

test("starts without a public URL, with bounds of its own on the mail server", () => {
  const config = readConfig(sound);
  expect(config.PUBLIC_URL).toBeUndefined();
  expect(config).toMatchObject({ SMTP_CONNECTIONS: 4, SMTP_TIMEOUT_MS: 30_000 });
});

test("names everything that is wrong with the mail settings, and quotes no password", () => {
  const wrong = {
    ...sound,
    SMTP_URL: "http://user:hunter2@mail.example",
    MAIL_FROM: "Holdfast",
    CLIENT_SECRET: "",
  };
  let error: unknown;
  try {
    readConfig(wrong);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ConfigError);
  const { problems, message } = error as ConfigError;
  expect(problems.map(({ name }) => name).toSorted()).toEqual(["CLIENT_SECRET", "MAIL_FROM", "SMTP_URL"]);
  expect(message).not.toContain("hunter2");
});
