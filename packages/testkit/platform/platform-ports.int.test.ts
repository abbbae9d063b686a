import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { drawFreePort } from "../servers/ports.ts";
import { fixedPorts, freePorts } from "./platform-ports.ts";

async function freeEnvironment(): Promise<Record<string, string>> {
  const ports = await freePorts();
  return Object.fromEntries(
    Object.entries({ ...ports, postgres: 1, nats: 2, redis: 3 }).map(([listener, port]) => [
      listener === "gateway" ? "HOLDFAST_PORT" : `HOLDFAST_${listener.toUpperCase()}_PORT`,
      String(port),
    ]),
  );
}

test("the environment chooses ports", async () => {
  const environment = await freeEnvironment();
  const ports = await fixedPorts(environment);
  expect(ports.gateway).toBe(Number(environment["HOLDFAST_PORT"]));
  expect(ports.smtp).toBe(Number(environment["HOLDFAST_SMTP_PORT"]));
});

test("a taken port is named, with who wants it and how to choose another", async () => {
  const port = await drawFreePort();
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  await expect(fixedPorts({ ...(await freeEnvironment()), HOLDFAST_PORT: String(port) })).rejects.toThrow(
    `Port ${port} on 127.0.0.1, which the gateway is to use, is taken: stop what listens there, or choose another port for the gateway with HOLDFAST_PORT=<port>.`,
  );
});

test("refuses what is no port, and one port for two", async () => {
  const environment = await freeEnvironment();
  await expect(fixedPorts({ ...environment, HOLDFAST_PORT: "http" })).rejects.toThrow(
    'HOLDFAST_PORT is "http": it must be a port between 1 and 65535.',
  );
  await expect(
    fixedPorts({ ...environment, HOLDFAST_PORT: environment["HOLDFAST_AUTH_PORT"] }),
  ).rejects.toThrow(
    /^the gateway and auth are both to use port \d+: choose another in HOLDFAST_PORT or HOLDFAST_AUTH_PORT\.$/,
  );
});
