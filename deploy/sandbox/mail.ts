/**
 * The mail stand-in in a container of its own. The inbox listens on the container's loopback, where no other container
 * reaches it, so both of its ports are relayed from every address.
 */
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { pipeline } from "node:stream";
import { startMailInbox } from "@holdfast/testkit/mail/mail-inbox";
import { z } from "zod";

const mostConnections = 1_000;

const port = z.coerce.number().int().min(1).max(65_535);
const { HOST, SMTP_PORT, HTTP_PORT } = z
  .object({ HOST: z.string().default("0.0.0.0"), SMTP_PORT: port, HTTP_PORT: port })
  .parse(process.env);

async function relay(from: number, to: URL): Promise<Server> {
  const server = createServer((client) => {
    const inbox = connect(Number(to.port), to.hostname);
    // Either side may vanish; pipeline then closes the other.
    pipeline(client, inbox, client, () => undefined);
  });
  server.maxConnections = mostConnections;
  server.listen(from, HOST);
  await once(server, "listening");
  return server;
}

const stopped = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
await using inbox = await startMailInbox();
const doors = [
  await relay(SMTP_PORT, new URL(inbox.smtpUrl)),
  await relay(HTTP_PORT, new URL(inbox.httpUrl)),
];
process.stdout.write(`Mail: SMTP on ${SMTP_PORT}, read over HTTP on ${HTTP_PORT}\n`);
await stopped;
for (const door of doors) door.close();
