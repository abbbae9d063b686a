/** The connection to the mail server. */
import { createTransport } from "nodemailer";
import type { Mail } from "./compose-mail.ts";
import { type Handover, handoverOf } from "./send-failure.ts";

export interface MailSenderOptions {
  readonly smtpUrl: string;
  /** Connections at most; each carries one mail at a time. */
  readonly connections: number;
  /** Longest that handing over one mail may take, in ms. */
  readonly timeoutMs: number;
}

/** Hands mails to a mail server; disposing ends the connections, and what is on its way then fails. */
export interface MailSender extends Disposable {
  /** Never rejects. */
  send(mail: Mail): Promise<Handover>;
}

const connectTimeoutMs = 5_000;
const mailsAConnection = 100;
/** Below the five minutes after which a server may hang up on us (RFC 5321, 4.5.3.2.7). */
const idleTimeoutMs = 60_000;

/** Opens it; connects when the first mail is sent. */
export function openMailSender({ smtpUrl, connections, timeoutMs }: MailSenderOptions): MailSender {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: connections,
    maxMessages: mailsAConnection,
    // A mail whose connection broke may have been accepted: whether it is sent again is counted where it is recorded.
    maxRequeues: 0,
    idleTimeout: idleTimeoutMs,
    connectionTimeout: Math.min(connectTimeoutMs, timeoutMs),
    greetingTimeout: Math.min(connectTimeoutMs, timeoutMs),
    dnsTimeout: Math.min(connectTimeoutMs, timeoutMs),
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  // What happens to idle connections is nobody's concern; what happens to a mail is told by `sendMail`.
  transport.on("error", () => undefined);
  return {
    async send(mail) {
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        // Of a string nodemailer makes the header as it stands, and RFC 5322 (3.3) knows no ISO 8601.
        const date = new Date(mail.date);
        await transport.sendMail({ ...mail, date, attachments: [...mail.attachments], signal });
        return { outcome: "accepted" };
      } catch (error) {
        return handoverOf(error);
      }
    },
    [Symbol.dispose]: () => {
      transport.close({ force: true });
    },
  };
}
