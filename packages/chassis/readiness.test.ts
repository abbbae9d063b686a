import { expect, test } from "vitest";
import { createReadiness } from "./readiness.ts";

test("is ready while every check holds, and names those that do not", async () => {
  const readiness = createReadiness();
  let up = true;
  readiness.require("database", () => up);
  readiness.require("schema", () => Promise.resolve(true));
  expect(await readiness.report()).toEqual({ ready: true, checks: { database: "up", schema: "up" } });
  up = false;
  expect(await readiness.report()).toEqual({ ready: false, checks: { database: "down", schema: "up" } });
});

test("a check that throws, rejects or hangs is down, within a second or two", async () => {
  const readiness = createReadiness();
  readiness.require("throws", () => {
    throw new Error("no");
  });
  readiness.require("rejects", () => Promise.reject(new Error("no")));
  readiness.require("hangs", () => new Promise(() => {}));
  expect(await readiness.report()).toEqual({
    ready: false,
    checks: { throws: "down", rejects: "down", hangs: "down" },
  });
});

test("is not ready once it drains, whatever the checks say", async () => {
  const readiness = createReadiness();
  readiness.require("database", () => true);
  readiness.drain();
  expect(await readiness.report()).toEqual({ ready: false, checks: { database: "up", draining: "down" } });
});
