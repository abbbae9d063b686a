import { expect, test } from "vitest";
import { readClient } from "./client.ts";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const safari =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";

const read = (headers: Record<string, string>) => readClient((name) => headers[name]);

test("names the program and the system, and neither's version", () => {
  expect(read({ "user-agent": firefox }).device).toBe("Firefox on Linux");
  expect(read({ "user-agent": safari }).device).toBe("Safari on iOS");
});

test.each([
  ["", ""],
  ["curl/8.5.0", ""],
  ["<script>alert(1)</script>/1 x", ""],
  [`Your account was closed, call +1 555 0100, ${"x".repeat(60)}/1 x`, ""],
  ["\u202Egnp.exe/1 x", ""],
])("of a program that calls itself %j keeps %j", (userAgent, device) => {
  expect(read({ "user-agent": userAgent }).device).toBe(device);
});

test("is done with the longest name at once", () => {
  const startedAt = performance.now();
  for (const piece of ["a/", "Mozilla/5.0 (", "; ", "Android ", "Version/1 "]) {
    read({ "user-agent": piece.repeat(8_000) });
  }
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test("keeps the network and never the address", () => {
  expect(read({ "x-forwarded-for": "203.0.113.77" }).network).toBe("203.0.113.0/24");
  expect(read({ "x-forwarded-for": "2001:db8:1:2::7" }).network).toBe("2001:db8:1::/48");
  expect(read({ "x-forwarded-for": "nonsense" }).network).toBe("");
  expect(read({}).network).toBe("");
});

test("takes a country for one only in the form of ISO 3166", () => {
  expect(read({ "x-client-country": "PT" }).country).toBe("PT");
  expect(read({ "x-client-country": "portugal" }).country).toBeNull();
  expect(read({}).country).toBeNull();
});
