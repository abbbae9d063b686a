import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openLogFile } from "./log-file.ts";

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "logs", "booking.log");
}

test("what an earlier run wrote is kept apart", () => {
  const path = newPath();
  for (const line of ["first run", "second run"]) {
    using log = openLogFile(path);
    log.write(line);
  }
  expect(readFileSync(path, "utf8")).toBe("second run\n");
  expect(readFileSync(`${path}.previous`, "utf8")).toBe("first run\n");
});

test("however much is written, two files of the bound are all there is, and the newest line is there", () => {
  const path = newPath();
  using log = openLogFile(path, 100);
  for (let line = 1; line <= 1_000; line += 1) log.write(`line ${line}`);
  const kept = readFileSync(`${path}.previous`, "utf8") + readFileSync(path, "utf8");
  expect(kept.length).toBeLessThan(240);
  expect(kept.endsWith("line 999\nline 1000\n")).toBe(true);
});

test("a line that comes after the end is no error", () => {
  const path = newPath();
  const log = openLogFile(path);
  log[Symbol.dispose]();
  log.write("too late");
  expect(readFileSync(path, "utf8")).toBe("");
});
