import { randomInt } from "node:crypto";
import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerUnavailableError } from "./handle.ts";
import { isAlive } from "./orphan.ts";

// Below the ranges Linux (32768-60999) and macOS (49152-65535) hand out to outgoing connections: a port from those can be
// taken by a client, even one that reconnects to this very server, while the server is down for a moment.
const lowestPort = 20_000;
const highestPort = 32_000;
const maxDraws = 50;
const claims = join(tmpdir(), `holdfast-ports-${process.getuid?.() ?? ""}`);

/** Whether a listener on 127.0.0.1 could have this port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * Whether this process is now the one that has drawn this port: a link says whose it is until that process ends. A server
 * listens seconds after its port was drawn, and not at all while a test has it stopped.
 */
async function claim(port: number): Promise<boolean> {
  await mkdir(claims, { recursive: true });
  const link = join(claims, String(port));
  try {
    await symlink(String(process.pid), link);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const owner = Number(await readlink(link).catch(() => process.pid));
    // Free for the next who draws it.
    if (!isAlive(owner)) await rm(link, { force: true });
    return false;
  }
}

/** A port nobody listens on now, nor has drawn. A stranger may still take it first: the starter tries again with another. */
export async function drawFreePort(): Promise<number> {
  for (let draw = 0; draw < maxDraws; draw += 1) {
    const port = randomInt(lowestPort, highestPort);
    if ((await claim(port)) && (await isPortFree(port))) return port;
  }
  throw new ServerUnavailableError(`No free port found between ${lowestPort} and ${highestPort}.`);
}

/** What to tell the person whose chosen port is taken. */
export function portTaken(name: string, port: number): ServerUnavailableError {
  return new ServerUnavailableError(
    `Port ${port} on 127.0.0.1, which ${name} is to use, is taken: stop what listens there, or choose another port for ${name}.`,
  );
}
