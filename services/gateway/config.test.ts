import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const least = {
  CLIENT_SECRET: "s",
  REDIS_URL: "redis://127.0.0.1:6379",
  AUTH_URL: "http://127.0.0.1:8081",
  TOKEN_ISSUER: "http://127.0.0.1:8081",
  CATALOG_URL: "http://127.0.0.1:8082",
  BOOKING_URL: "http://127.0.0.1:8083",
  PAYMENT_URL: "http://127.0.0.1:8084",
  NOTIFICATION_URL: "http://127.0.0.1:8085",
};

test("limits are on, and no origin or proxy is trusted, unless said", () => {
  expect(readConfig(least)).toMatchObject({
    RATE_LIMITS: "on",
    CORS_ORIGINS: [],
    TRUSTED_PROXIES: [],
    TEST_CLOCK: "off",
  });
});

test("reads lists", () => {
  const config = readConfig({
    ...least,
    CORS_ORIGINS: "https://app.example.com, http://localhost:3000",
    TRUSTED_PROXIES: "10.0.0.0/8,fd00::/8,192.0.2.1",
  });
  expect(config.CORS_ORIGINS).toEqual(["https://app.example.com", "http://localhost:3000"]);
  expect(config.TRUSTED_PROXIES).toEqual(["10.0.0.0/8", "fd00::/8", "192.0.2.1"]);
});

test("a service may have several instances, and a country comes from a header that was named", () => {
  const config = readConfig({
    ...least,
    BOOKING_URL: "http://127.0.0.1:8083, http://127.0.0.1:9083",
    CLIENT_COUNTRY_HEADER: "CF-IPCountry",
  });
  expect(config.BOOKING_URL).toEqual(["http://127.0.0.1:8083", "http://127.0.0.1:9083"]);
  expect(config.CLIENT_COUNTRY_HEADER).toBe("cf-ipcountry");
  expect(readConfig(least).CLIENT_COUNTRY_HEADER).toBe("");
});

test.each([
  ["CORS_ORIGINS", "*"],
  ["CORS_ORIGINS", "https://app.example.com/"],
  ["CORS_ORIGINS", "null"],
  ["TRUSTED_PROXIES", "everybody"],
  ["TRUSTED_PROXIES", "10.0.0.0/33"],
  ["TRUSTED_PROXIES", "10.0.0.0/8/8"],
  ["BOOKING_URL", "ftp://booking"],
  ["BOOKING_URL", "http://booking,"],
  ["CLIENT_COUNTRY_HEADER", "a b"],
  ["RATE_LIMITS", "maybe"],
])("refuses %s=%s and names it", (name, value) => {
  expect(() => readConfig({ ...least, [name]: value })).toThrow(name);
});

test("cannot do without its secret, and does not quote it", () => {
  expect(() => readConfig({ ...least, CLIENT_SECRET: "" })).toThrow("CLIENT_SECRET: is missing");
});
