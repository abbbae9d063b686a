import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { findProgram, installMissing } from "./programs.ts";
import { findOrInstall } from "./source.ts";

test("tells once of an installation that does not help, though both the whole and each server ask for it", async ({
  skip,
}) => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-programs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // Package managers that succeed and install nothing; the shell is that which runs apt.
  for (const name of ["sh", "apt-get", "brew"]) {
    await writeFile(join(folder, name), "#!/bin/sh\nexit 0\n");
    await chmod(join(folder, name), 0o755);
  }
  vi.stubEnv("PATH", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  skip((await findProgram("redis-server")) !== undefined, "redis-server lies where it is always looked for");
  const lines: string[] = [];
  await installMissing(["redis-server"], (line) => lines.push(line));
  expect(await findOrInstall("redis-server", (line) => lines.push(line))).toBeUndefined();
  expect(lines).toEqual([expect.stringMatching(/^installing redis-server with (apt|brew) …$/)]);
});
