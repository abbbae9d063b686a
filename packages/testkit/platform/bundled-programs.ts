/**
 * The programs of the platform's processes, each with the packages it stands on in some dozens of files instead of a
 * thousand: Node loads them with little more than half the work (docs/decisions/0032). What they do is what the `.ts` files say.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PlatformService, StandInName } from "./platform-ports.ts";

/** A folder of bundled programs. */
export type BundledPrograms = {
  /** The file that starts a service or a stand-in. */
  fileOf(name: PlatformService | StandInName): string;
  /** How each of them is run: a stack trace names the line in the repository. */
  readonly nodeFlags: readonly string[];
  /** For each one's environment: compiled code is kept between starts. */
  readonly environment: Readonly<Record<string, string>>;
};

const run = promisify(execFile);
const repository = join(import.meta.dirname, "../../..");
const bundler = join(import.meta.dirname, "bundle-programs.ts");
const sourceFolders = ["packages", "services"];
/** Written by npm whenever it installs something. */
const installed = "node_modules/.package-lock.json";
const bundlingMs = 120_000;
/** States of the sources whose programs are kept: a platform that runs starts what died from the state it began with. */
const keptStates = 8;

/** Names the state of everything the programs are made of: those of another state are never taken for this one's. */
export async function sourceState(root: string): Promise<string> {
  const folders = await Promise.all(
    sourceFolders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
  );
  const sources = folders
    .flat()
    .filter((file) => file.isFile() && (/(?<!\.test)\.ts$/.test(file.name) || file.name === "package.json"))
    .map((file) => join(file.parentPath, file.name));
  const hash = createHash("sha256");
  for (const path of [...sources.toSorted(), join(root, installed)]) {
    const content = await readFile(path);
    hash.update(`${path}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 20);
}

async function lastUsedAt(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

async function dropOldStates(folder: string): Promise<void> {
  const states = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      return { path, usedAt: await lastUsedAt(path) };
    }),
  );
  const old = states.toSorted((one, other) => other.usedAt - one.usedAt).slice(keptStates);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}

/**
 * The programs as the sources stand now, bundled unless they have been already, which takes two or three seconds.
 * @throws with what rolldown says of a source it cannot read.
 */
export async function bundledPrograms(): Promise<BundledPrograms> {
  // Below node_modules, where what is not bundled is found.
  const folder = join(repository, "node_modules/.cache/programs");
  const programs = join(folder, await sourceState(repository));
  if ((await lastUsedAt(programs)) === 0) {
    await mkdir(folder, { recursive: true });
    // Made aside and moved in one step: another process may be bundling the same state.
    const draft = await mkdtemp(join(folder, "making-"));
    try {
      await run(process.execPath, [bundler, draft], { timeout: bundlingMs });
      await rename(draft, programs).catch(() => undefined);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    await dropOldStates(folder);
  }
  const now = new Date();
  await utimes(programs, now, now);
  return {
    fileOf: (name) => join(programs, `${name}.mjs`),
    nodeFlags: ["--enable-source-maps"],
    environment: { NODE_COMPILE_CACHE: join(programs, "compiled") },
  };
}
