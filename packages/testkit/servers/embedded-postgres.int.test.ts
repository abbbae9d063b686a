import { execFile } from "node:child_process";
import { chmod, cp, mkdtemp, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { clearStalePostmaster, installedPostgres, usablePostgres } from "./embedded-postgres.ts";
import { unprivilegedUser } from "./unprivileged-user.ts";

const run = promisify(execFile);
const native = installedPostgres();

async function closedFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-closed-"));
  await chmod(folder, 0o700);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test.skipIf(native === undefined)(
  "Postgres's programs run although npm put them where only we may enter, and ran no install script",
  async () => {
    if (native === undefined) return;
    const closed = await closedFolder();
    const copy = join(closed, "package", "native");
    await cp(native, copy, { recursive: true, verbatimSymlinks: true });
    const version = `0.0.0-test-${process.pid}`;
    await writeFile(join(closed, "package", "package.json"), JSON.stringify({ name: "closed", version }));
    await unlink(join(copy, "lib", "libpq.so.5")).catch(() => undefined);
    await unlink(join(copy, "lib", "libicuuc.so.60")).catch(() => undefined);

    const user = await unprivilegedUser();
    const usable = await usablePostgres(copy, user);
    onTestFinished(() => rm(dirname(usable), { recursive: true, force: true }));
    const { stdout } = await run(join(usable, "bin", "postgres"), ["--version"], { cwd: "/", ...user });
    expect(stdout).toMatch(/^postgres \(PostgreSQL\) \d+/);
    expect(await usablePostgres(copy, user)).toBe(usable);
  },
);

test("a postmaster.pid whose number another process has now is removed", async () => {
  const home = await closedFolder();
  await run("mkdir", [join(home, "data")]);
  const path = join(home, "data", "postmaster.pid");
  await writeFile(path, `${process.pid}\n${home}/data\n`);
  await clearStalePostmaster(home);
  await expect(readFile(path)).rejects.toMatchObject({ code: "ENOENT" });
});
