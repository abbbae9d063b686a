import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { cameTrue } from "./deadline.ts";
import { ServerUnavailableError } from "./handle.ts";

const run = promisify(execFile);
const stopMs = 15_000;
const noteSchema = z.object({ pid: z.int().positive(), starterPid: z.int().positive() });

/** Writes down which process serves this folder and who started it. */
export async function noteServer(home: string, pid: number): Promise<void> {
  await writeFile(join(home, "server.json"), JSON.stringify({ pid, starterPid: process.pid }));
}

/** Takes the note away once the server has stopped. */
export async function forgetServer(home: string): Promise<void> {
  await rm(join(home, "server.json"), { force: true });
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Any other refusal (EPERM) comes from a living process.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

async function commandLine(pid: number): Promise<string> {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => undefined);
  if (fromProc !== undefined) return fromProc.replaceAll("\0", " ");
  const { stdout } = await run("ps", ["-ww", "-o", "command=", "-p", String(pid)], { timeout: 5_000 }).catch(
    () => ({ stdout: "" }),
  );
  return stdout;
}

/** Whether this process lives and was started on this folder: pids are reused, a folder in the command line is not. */
export async function isServing(home: string, pid: number): Promise<boolean> {
  return isAlive(pid) && (await commandLine(pid)).includes(home);
}

async function readNote(home: string): Promise<{ pid: number; starterPid: number } | undefined> {
  const text = await readFile(join(home, "server.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return noteSchema.parse(JSON.parse(text));
  } catch {
    // A note torn by the crash that left it says nothing.
    return undefined;
  }
}

/** Stops the process that serves this folder and waits until it is gone; kills it when it does not go in time. */
export async function stopServing(home: string, pid: number, signal: NodeJS.Signals): Promise<void> {
  for (const attempt of [signal, "SIGKILL"] as const) {
    try {
      process.kill(pid, attempt);
    } catch {
      return;
    }
    // One that has ended but that nobody has reaped still has its number, yet no command line.
    if (await cameTrue(async () => !(await isServing(home, pid)), stopMs)) return;
  }
}

/**
 * Makes room for a new server on this folder: stops one whose starter is gone.
 * @throws ServerUnavailableError when its starter still lives.
 */
export async function stopOrphan(name: string, home: string, stopSignal: NodeJS.Signals): Promise<void> {
  const note = await readNote(home);
  if (note === undefined) return;
  if (await isServing(home, note.pid)) {
    if (isAlive(note.starterPid)) {
      throw new ServerUnavailableError(
        `${name} already runs on ${home} (process ${note.pid}, started by ${note.starterPid}): stop that one first.`,
      );
    }
    await stopServing(home, note.pid, stopSignal);
  }
  await forgetServer(home);
}
