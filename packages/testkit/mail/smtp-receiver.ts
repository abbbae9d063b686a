import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import type { Mailbox } from "./mailbox.ts";
import type { MailSwitches } from "./switches.ts";

const largestMessageBytes = 32 * 1_024 * 1_024;
const mostClients = 1_000;

/** A listening SMTP server; `port` is on 127.0.0.1. */
export type SmtpReceiver = AsyncDisposable & { port: number };

/**
 * Accepts every message for everybody, without TLS, whatever credentials are offered, and does what the switches say.
 *
 * @throws when the port is taken.
 */
export async function startSmtpReceiver(
  port: number,
  mailbox: Mailbox,
  switches: () => MailSwitches,
): Promise<SmtpReceiver> {
  const sockets = new Map<number, Socket>();
  const stopping = new AbortController();

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const now = switches();
    const refused = now.failNext > 0;
    const dropped = !refused && now.acceptThenDrop > 0;
    if (refused) now.failNext -= 1;
    if (dropped) now.acceptThenDrop -= 1;
    // Read before the wait, in which another request may turn the switches over.
    const { code, delayMs } = now;
    if (!refused && !stream.sizeExceeded) store(session, Buffer.concat(chunks));
    if (delayMs > 0) await wait(delayMs, undefined, { signal: stopping.signal });
    if (refused) throw Object.assign(new Error("Refused, as the switches say"), { responseCode: code });
    if (dropped) sockets.get(session.remotePort)?.destroy();
  }

  function store({ envelope }: SMTPServerSession, raw: Buffer) {
    const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
    mailbox.deliver(
      from,
      envelope.rcptTo.map(({ address }) => address),
      raw,
      Temporal.Now.instant(),
    );
  }

  const server = new SMTPServer({
    name: "mail.localhost",
    banner: "A stand-in that delivers nothing",
    size: largestMessageBytes,
    maxClients: mostClients,
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onAuth: ({ username }, _session, callback) => callback(null, { user: username ?? "anyone" }),
    onData(stream, session, callback) {
      receive(stream, session).then(() => callback(), callback);
    },
  });
  // Senders that vanish are part of the day's work.
  server.on("error", () => undefined);
  const listener = server.listen(port, "127.0.0.1");
  listener.on("connection", (socket) => {
    const key = socket.remotePort ?? 0;
    sockets.set(key, socket);
    socket.once("close", () => sockets.delete(key));
  });
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(resolve));
      for (const socket of sockets.values()) socket.destroy();
      await closed;
    },
  };
}
