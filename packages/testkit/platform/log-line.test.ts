import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { formatLogLine, isAtLeast } from "./log-line.ts";

const entry = {
  level: "info",
  time: "2026-12-01T12:01:02.123Z",
  name: "booking",
  port: 8083,
  during: { from: 1 },
  msg: "ready",
};
const plain = { colours: false };

test("an entry is shown with who wrote it, when, how grave it is, and its members", () => {
  expect(formatLogLine("booking", JSON.stringify(entry), plain)).toBe(
    "booking      | 12:01:02.123 info  ready port=8083 during={ from: 1 }",
  );
});

test("colours change nothing but the colours", () => {
  const line = JSON.stringify(entry);
  const coloured = formatLogLine("booking", line, { colours: true });
  expect(coloured).not.toBe(formatLogLine("booking", line, plain));
  expect(stripVTControlCharacters(coloured)).toBe(formatLogLine("booking", line, plain));
});

test("an error's stack follows line by line under the same prefix; a mere wait is told in one", () => {
  const err = { message: "it broke", stack: "Error: it broke\n    at here" };
  const failed = JSON.stringify({ ...entry, level: "error", err });
  expect(formatLogLine("booking", failed, plain).split("\n").slice(1)).toEqual([
    "booking      | Error: it broke",
    "booking      |     at here",
  ]);
  const waiting = JSON.stringify({ ...entry, err });
  expect(formatLogLine("booking", waiting, plain).split("\n").slice(1)).toEqual(["booking      | it broke"]);
});

test("what is no log entry is shown as it stands", () => {
  for (const line of ["Trace/breakpoint trap", '{"half":', '{"level":30}', "[]", ""]) {
    expect(formatLogLine("auth", line, plain)).toBe(`auth         | ${line}`);
    expect(isAtLeast(line, "fatal")).toBe(true);
  }
});

test("an entry counts as grave as its level", () => {
  expect(isAtLeast(JSON.stringify(entry), "info")).toBe(true);
  expect(isAtLeast(JSON.stringify(entry), "warn")).toBe(false);
  expect(isAtLeast(JSON.stringify({ ...entry, level: "fatal" }), "error")).toBe(true);
});
