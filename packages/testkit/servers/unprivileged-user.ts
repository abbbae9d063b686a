import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ServerUnavailableError } from "./handle.ts";

const run = promisify(execFile);

/** A user to run a server as. */
export type SystemUser = { readonly uid: number; readonly gid: number };

async function idOf(name: string): Promise<SystemUser | undefined> {
  try {
    const uid = await run("id", ["-u", name], { timeout: 5_000 });
    const gid = await run("id", ["-g", name], { timeout: 5_000 });
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** The user Postgres must run as because this process is root, which it refuses; undefined when it can run as we are. */
export async function unprivilegedUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const user = await idOf(name);
    if (user !== undefined && user.uid > 0) return user;
  }
  return { uid: 65_534, gid: 65_534 };
}

/** Whether this user can pass through every folder down to this path (and into it, where it is a folder). */
export async function canEnter(path: string, user: SystemUser): Promise<boolean> {
  const { mode, uid, gid } = await stat(path);
  const executable = uid === user.uid ? mode & 0o100 : gid === user.gid ? mode & 0o010 : mode & 0o001;
  if (executable === 0) return false;
  const parent = dirname(path);
  return parent === path || (await canEnter(parent, user));
}

/**
 * A folder of ours that every user can pass through, for what cannot stay below a folder others cannot enter.
 * @throws ServerUnavailableError when somebody else holds its name.
 */
export async function passableFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = join("/var/tmp", `holdfast-${uid}`);
  await mkdir(folder, { mode: 0o711 }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== uid) {
    throw new ServerUnavailableError(
      `${folder} belongs to somebody else: remove it, and Holdfast can put its files there.`,
    );
  }
  await chmod(folder, 0o711);
  return folder;
}

/** A short name that stands for a path. */
export function nameForPath(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 16);
}
