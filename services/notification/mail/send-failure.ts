/** Sorts what handing over a mail threw. */

/** What became of handing over a mail. Codes are our own: what a mail server says may quote addresses. */
export type Handover =
  | { readonly outcome: "accepted" }
  /** A definite no to this message. */
  | { readonly outcome: "refused"; readonly code: string }
  /** Not now, or nobody knows: it may have been accepted. */
  | { readonly outcome: "failed"; readonly code: string }
  /** No mail server could be talked to at all, so this message was not even tried. */
  | { readonly outcome: "unreachable"; readonly code: string };

/** The members nodemailer puts on its errors that tell what happened. */
interface MailError extends Error {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly permanent?: unknown;
  readonly syscall?: unknown;
  readonly timeoutType?: unknown;
}

/** Failures before the server has said anything about a message: they are about the server, or about our account there. */
const beforeAnyMessage: ReadonlySet<unknown> = new Set([
  "EAUTH",
  "ENOAUTH",
  "EOAUTH2",
  "EDNS",
  "ETLS",
  "EREQUIRETLS",
  "EPROTOCOL",
  "EPROXY",
]);

/** The commands by which a message is handed over, and the code of a refusal of its data. */
const aboutMessage: ReadonlySet<unknown> = new Set(["EENVELOPE", "EMESSAGE"]);

const shortCode = /^[A-Z0-9_]{1,40}$/;

function codeOf({ code }: MailError): string {
  return typeof code === "string" && shortCode.test(code) ? code : "unknown";
}

/** The outcome behind an error of nodemailer's. What cannot be told is `failed`: tried again, a bounded number of times. */
export function handoverOf(error: unknown): Exclude<Handover, { outcome: "accepted" }> {
  const failure = (error instanceof Error ? error : new Error("no error was thrown")) as MailError;
  const code = codeOf(failure);
  if (aboutMessage.has(failure.code)) {
    if (typeof failure.responseCode !== "number") return { outcome: "refused", code };
    const reply = `smtp-${failure.responseCode}`;
    return { outcome: failure.permanent === true ? "refused" : "failed", code: reply };
  }
  const isConnecting =
    failure.syscall === "connect" ||
    failure.timeoutType === "CONNECT_TIMEOUT" ||
    failure.timeoutType === "GREETING_TIMEOUT" ||
    failure.timeoutType === "UPGRADE_TIMEOUT";
  if (isConnecting || beforeAnyMessage.has(failure.code)) return { outcome: "unreachable", code };
  return { outcome: "failed", code };
}
