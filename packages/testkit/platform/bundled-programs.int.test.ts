import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundledPrograms } from "./bundled-programs.ts";

const run = promisify(execFile);

test("a stack trace names the file and line in the repository", async () => {
  const programs = await bundledPrograms();
  const died = run(process.execPath, [...programs.nodeFlags, programs.fileOf("mail")], {
    env: { SMTP_PORT: "none" },
  });
  await expect(died).rejects.toThrow(/packages\/testkit\/mail\/main\.ts:\d+:\d+/);
});

test("programs bundled once are taken again", async () => {
  const [one, other] = [await bundledPrograms(), await bundledPrograms()];
  expect(other.fileOf("auth")).toBe(one.fileOf("auth"));
});
