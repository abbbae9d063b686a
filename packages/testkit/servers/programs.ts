import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const installMs = 300_000;

/** A program the package managers can install: a server, or the browser that tests look through. */
export type Program = "nats-server" | "redis-server" | "chromium";

const brewFormula: Readonly<Record<Program, string>> = {
  "nats-server": "nats-server",
  "redis-server": "redis",
  chromium: "chromium",
};
const alsoLookedIn = ["/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"];

// Debian starts a daemon it installs, on its standard port, unless policy-rc.d forbids it; and starts it at the next boot
// unless it is disabled. One shell, so that the policy goes away however this ends.
const aptScript = `
set -e
export DEBIAN_FRONTEND=noninteractive
if [ ! -e /usr/sbin/policy-rc.d ]; then
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
apt-get -o DPkg::Lock::Timeout=120 update -qq
apt-get -o DPkg::Lock::Timeout=120 install -y -qq --no-install-recommends "$@"
if [ -d /run/systemd/system ]; then systemctl disable --quiet "$@" || true; fi
`;

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Where this program is, on the PATH or in the usual places; undefined when it is nowhere. */
export async function findProgram(program: string): Promise<string | undefined> {
  for (const folder of [
    ...(process.env["PATH"] ?? "").split(delimiter).filter((entry) => entry !== ""),
    ...alsoLookedIn,
  ]) {
    if (await isExecutable(join(folder, program))) return join(folder, program);
  }
  return undefined;
}

type Installer = { name: string; install(programs: readonly Program[]): Promise<unknown> };

async function questionlessInstaller(): Promise<Installer | undefined> {
  if (process.getuid?.() === 0 && (await findProgram("apt-get")) !== undefined) {
    return {
      name: "apt",
      install: (programs) =>
        run("sh", ["-c", aptScript, "holdfast-apt", ...programs], {
          timeout: installMs,
          maxBuffer: 16 * 2 ** 20,
        }),
    };
  }
  const brew = process.getuid?.() === 0 ? undefined : await findProgram("brew");
  if (brew === undefined) return undefined;
  const env = { ...process.env, HOMEBREW_NO_AUTO_UPDATE: "1", NONINTERACTIVE: "1" };
  return {
    name: "brew",
    install: (programs) =>
      run(brew, ["install", "--quiet", ...programs.map((program) => brewFormula[program])], {
        timeout: installMs,
        env,
        maxBuffer: 16 * 2 ** 20,
      }),
  };
}

// One installation at a time: two package managers side by side would wait for each other's lock, or fail on it.
let installing: Promise<unknown> = Promise.resolve();
/** What did not help a moment ago is neither waited for nor told of again. */
const tried = new Set<Program>();

/**
 * Installs those of these programs that are missing, where the system's package manager asks nothing (apt as root, brew);
 * each is tried once in a process. A failed installation is reported and leaves the program missing: another way may
 * still serve it.
 */
export async function installMissing(
  programs: readonly Program[],
  onProgress: (line: string) => void,
): Promise<void> {
  const turn = installing.then(async () => {
    const found = await Promise.all(
      programs.map(async (program) => ({ program, path: await findProgram(program) })),
    );
    const missing = found.flatMap(({ program, path }) =>
      path === undefined && !tried.has(program) ? [program] : [],
    );
    if (missing.length === 0) return;
    const installer = await questionlessInstaller();
    if (installer === undefined) return;
    for (const program of missing) tried.add(program);
    onProgress(`installing ${missing.join(" and ")} with ${installer.name} …`);
    try {
      await installer.install(missing);
    } catch (error) {
      onProgress(
        `${installer.name} could not install ${missing.join(" and ")}: ${error instanceof Error ? error.message.trim().split("\n").at(-1) : String(error)}`,
      );
    }
  });
  installing = turn;
  await turn;
}
