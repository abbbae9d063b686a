import { expect, test } from "vitest";
import { isUnavailable } from "./unavailable.ts";

const coded = (code: string, more: object = {}) => Object.assign(new Error("it failed"), { code }, more);

test.each([["57P01"], ["57P03"], ["08006"], ["08P01"], ["53300"], ["ECONNREFUSED"], ["ECONNRESET"]])(
  "%s is an outage",
  (code) => expect(isUnavailable(coded(code))).toBe(true),
);

test.each([["23505"], ["40001"], ["57014"], ["42601"], ["ENOENT"], ["08"]])("%s is not", (code) =>
  expect(isUnavailable(coded(code))).toBe(false),
);

test("knows an outage behind other errors, and does not follow them for ever", () => {
  expect(isUnavailable(new TypeError("fetch failed", { cause: coded("ECONNREFUSED") }))).toBe(true);
  expect(isUnavailable(new AggregateError([coded("EACCES"), coded("ECONNREFUSED")]))).toBe(true);
  const circular = new Error("round");
  circular.cause = circular;
  expect(isUnavailable(circular)).toBe(false);
});

test("knows what pg says without a code, and a socket that is not there yet", () => {
  expect(isUnavailable(new Error("Connection terminated unexpectedly"))).toBe(true);
  expect(isUnavailable(new Error("timeout exceeded when trying to connect"))).toBe(true);
  expect(isUnavailable(coded("ENOENT", { syscall: "connect" }))).toBe(true);
  expect(isUnavailable(new Error("the booking is gone"))).toBe(false);
  expect(isUnavailable("ECONNREFUSED")).toBe(false);
});
