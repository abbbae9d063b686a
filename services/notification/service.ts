/** Composition root of the notification service: wires the use cases to the foundation, to auth and to the mail server. */
import { openFoundation } from "@holdfast/chassis/foundation";
import { tryLease } from "@holdfast/chassis/lease";
import type { RunningService } from "@holdfast/chassis/run";
import { createServiceTokenSource } from "@holdfast/chassis/service-token";
import { every } from "@holdfast/chassis/sweep";
import assert from "node:assert";
import type { Config } from "./config.ts";
import { consumers } from "./consumers.ts";
import { createContactSource } from "./contacts/contact-source.ts";
import { createTicketSource } from "./contacts/ticket-source.ts";
import type { NotificationTables } from "./database.ts";
import { endpoints } from "./http.ts";
import { openMailSender } from "./mail/mail-sender.ts";
import { parseSender } from "./mail/sender-address.ts";
import { Courier } from "./messages/courier.ts";
import { forgetMessages } from "./messages/forget-messages.ts";

const forgetEveryMs = 600_000;

/** Starts the service; it answers HTTP, consumes events and sends mails until it is disposed of. */
export async function startNotification(config: Config): Promise<RunningService> {
  await using stack = new AsyncDisposableStack();
  const migrations = new URL("./migrations/", import.meta.url);
  const foundation = stack.use(
    await openFoundation<NotificationTables>({ name: "notification", config, migrations }),
  );
  const { db, transact, clock, redis, log, metrics } = foundation;
  const from = parseSender(config.MAIL_FROM);
  assert(from, "the configuration was checked");
  const sender = stack.use(
    openMailSender({
      smtpUrl: config.SMTP_URL,
      connections: config.SMTP_CONNECTIONS,
      timeoutMs: config.SMTP_TIMEOUT_MS,
    }),
  );
  const tokens = createServiceTokenSource({
    authUrl: config.AUTH_URL,
    name: "notification",
    secret: config.CLIENT_SECRET,
  });
  const auth = { urls: [config.AUTH_URL], tokens };
  const contacts = createContactSource(auth);
  const tickets = createTicketSource(auth);
  const letterhead = { sender: from, publicUrl: config.PUBLIC_URL };
  const courier = stack.use(
    new Courier(
      { db, transact, clock, log, metrics, contacts, tickets, sender, letterhead },
      { lanes: config.SMTP_CONNECTIONS },
    ),
  );
  foundation.onDrain(() => courier.drain());
  stack.use(
    every({
      name: "forget-messages",
      intervalMs: forgetEveryMs,
      work: () => forgetMessages(db),
      lease: () => tryLease(redis, "notification:forget-messages", forgetEveryMs / 2),
      log,
    }),
  );
  foundation.startConsumers(consumers({ clock, wake: () => courier.wake() }));
  const server = await foundation.serve(endpoints({ db }));
  const owned = stack.move();
  return {
    port: server.port,
    drain: () => foundation.drain(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
