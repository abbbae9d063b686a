import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { ServerUnavailableError } from "./handle.ts";

// Below the ranges Linux (32768-60999) and macOS (49152-65535) hand out to outgoing connections: a port from those can be
// taken by a client, even one that reconnects to this very server, while the server is down for a moment.
const lowestPort = 20_000;
const highestPort = 32_000;
const maxDraws = 50;

/** Whether a listener on 127.0.0.1 could have this port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** A port nobody listens on now. Another process may still take it first: the starter tries again with another. */
export async function drawFreePort(): Promise<number> {
  for (let draw = 0; draw < maxDraws; draw += 1) {
    const port = randomInt(lowestPort, highestPort);
    if (await isPortFree(port)) return port;
  }
  throw new ServerUnavailableError(`No free port found between ${lowestPort} and ${highestPort}.`);
}

/** What to tell the person whose chosen port is taken. */
export function portTaken(name: string, port: number): ServerUnavailableError {
  return new ServerUnavailableError(
    `Port ${port} on 127.0.0.1, which ${name} is to use, is taken: stop what listens there, or choose another port for ${name}.`,
  );
}
