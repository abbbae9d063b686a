import { servers as apiServices } from "@holdfast/contracts/define-endpoint";
import { ServerUnavailableError } from "../servers/handle.ts";
import { drawFreePort, isPortFree, portTaken } from "../servers/ports.ts";

/** The processes of ours that make up the platform, in the order they are shown. */
export const platformServices = [...apiServices, "gateway"] as const;
export type PlatformService = (typeof platformServices)[number];

/** What stands in for others' systems on this machine. */
export const standIns = ["stripe", "openid", "mail"] as const;
export type StandInName = (typeof standIns)[number];

const defaultPorts = {
  gateway: 8080,
  auth: 8081,
  catalog: 8082,
  booking: 8083,
  payment: 8084,
  notification: 8085,
  stripe: 8091,
  openid: 8092,
  mail: 8093,
  smtp: 8025,
  postgres: 54_320,
  nats: 42_220,
  redis: 63_790,
} as const;

/** Every port the platform listens on, by who listens; all on 127.0.0.1. */
export type PlatformPorts = Readonly<Record<keyof typeof defaultPorts, number>>;

const shownNames: Readonly<Record<keyof PlatformPorts, string>> = {
  gateway: "the gateway",
  auth: "auth",
  catalog: "catalog",
  booking: "booking",
  payment: "payment",
  notification: "notification",
  stripe: "the Stripe stand-in",
  openid: "the OpenID stand-in",
  mail: "the mail inbox",
  smtp: "the mail inbox (SMTP)",
  postgres: "Postgres",
  nats: "NATS",
  redis: "Redis",
};

const servedElsewhere = ["postgres", "nats", "redis"] as const satisfies readonly (keyof PlatformPorts)[];

/** The variable that chooses another port for this listener: `HOLDFAST_PORT` for the gateway, else `HOLDFAST_<NAME>_PORT`. */
function portVariable(listener: keyof PlatformPorts): string {
  return listener === "gateway" ? "HOLDFAST_PORT" : `HOLDFAST_${listener.toUpperCase()}_PORT`;
}

function chosenPort(listener: keyof PlatformPorts, environment: NodeJS.ProcessEnv): number {
  const variable = portVariable(listener);
  const text = environment[variable] ?? "";
  if (text === "") return defaultPorts[listener];
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new ServerUnavailableError(`${variable} is "${text}": it must be a port between 1 and 65535.`);
}

/**
 * The ports `npm start` uses, those the environment chose included.
 * @throws ServerUnavailableError naming the first that is taken, or that two listeners share, and how to choose another.
 */
export async function fixedPorts(environment: NodeJS.ProcessEnv = process.env): Promise<PlatformPorts> {
  const listeners = Object.keys(defaultPorts) as (keyof PlatformPorts)[];
  const ports = Object.fromEntries(
    listeners.map((listener) => [listener, chosenPort(listener, environment)]),
  ) as PlatformPorts;
  for (const [index, listener] of listeners.entries()) {
    const port = ports[listener];
    const other = listeners.slice(0, index).find((earlier) => ports[earlier] === port);
    if (other !== undefined) {
      throw new ServerUnavailableError(
        `${shownNames[other]} and ${shownNames[listener]} are both to use port ${port}: choose another in ${portVariable(other)} or ${portVariable(listener)}.`,
      );
    }
    // A server given by its URL listens elsewhere, and one started here waits for its own predecessor's port.
    if (servedElsewhere.some((server) => server === listener)) continue;
    if (await isPortFree(port)) continue;
    throw new ServerUnavailableError(
      `${portTaken(shownNames[listener], port).message.slice(0, -1)} with ${portVariable(listener)}=<port>.`,
    );
  }
  return ports;
}

/** Ports nobody listens on now, for tests. Those of Postgres, NATS and Redis are drawn by their starters: 0 here. */
export async function freePorts(): Promise<PlatformPorts> {
  const drawn = new Set<number>();
  const listeners = Object.keys(defaultPorts) as (keyof PlatformPorts)[];
  while (drawn.size < listeners.length) drawn.add(await drawFreePort());
  const list = [...drawn];
  return Object.fromEntries(
    listeners.map((listener, index) => [
      listener,
      servedElsewhere.some((server) => server === listener) ? 0 : list[index],
    ]),
  ) as PlatformPorts;
}
