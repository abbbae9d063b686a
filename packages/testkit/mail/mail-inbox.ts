import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { keepInJournal } from "../state/journal.ts";
import { keptTables } from "./kept-mails.ts";
import { inboxRoutes } from "./inbox-routes.ts";
import { createMailbox, type MailboxBounds } from "./mailbox.ts";
import { startSmtpReceiver } from "./smtp-receiver.ts";
import { mailSwitches } from "./switches.ts";

/** Ports on 127.0.0.1; 0 or left out takes a free one. */
export type MailInboxOptions = {
  smtpPort?: number;
  httpPort?: number;
  bounds?: MailboxBounds;
  /** Where mails are kept from one start to the next; in memory alone without it. */
  stateFile?: string | undefined;
  /** Told in one line of a state file that could not be read. */
  onUnreadable?: (line: string) => void;
};

export type MailInbox = AsyncDisposable & {
  /** For the mail client's configuration: `smtp://127.0.0.1:<port>`. */
  smtpUrl: string;
  /** Where the inbox is read: a page for people at `/`, JSON at `/messages`, `/count` and `/switches`. */
  httpUrl: string;
};

const defaultBounds: MailboxBounds = { messages: 100_000, bytes: 256 * 1_024 * 1_024 };

/**
 * Starts an SMTP server that keeps what it is sent, in memory and in a file where one is given, and shows it over HTTP. It stands in for a mail
 * provider and its recipients' mailboxes, and can be told to fail as they do.
 *
 * @throws when a port is taken or the state file cannot be written.
 */
export async function startMailInbox(options: MailInboxOptions = {}): Promise<MailInbox> {
  const mailbox = createMailbox(options.bounds ?? defaultBounds);
  const switches = { current: mailSwitches.parse({}) };
  await using started = new AsyncDisposableStack();
  if (options.stateFile !== undefined) {
    const { stateFile: path, onUnreadable = (): void => undefined } = options;
    const tables = keptTables(mailbox);
    started.use(
      await keepInJournal({ path, owner: "mail", tables, clear: () => mailbox.clear(), onUnreadable }),
    );
  }
  const smtp = started.use(await startSmtpReceiver(options.smtpPort ?? 0, mailbox, () => switches.current));
  const { fetch } = inboxRoutes(mailbox, switches);
  const http = serve({ fetch, port: options.httpPort ?? 0, hostname: "127.0.0.1" });
  started.defer(async () => {
    if (!http.listening) return;
    const closed = once(http, "close");
    http.close();
    if ("closeAllConnections" in http) http.closeAllConnections();
    await closed;
  });
  await once(http, "listening");
  const running = started.move();
  return {
    smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
    httpUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
