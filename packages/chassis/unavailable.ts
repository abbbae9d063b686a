/** Tells "it is down, try again" from "it is wrong": outages are never counted as failures of the work itself. */

/**
 * SQLSTATEs of a server that is going away, coming up, full, or has become a replica
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html). A statement timeout (57014) is not among them:
 * a query that always times out would be retried for ever.
 */
const goneStates = new Set(["57P01", "57P02", "57P03", "57P05", "53300", "25006"]);

const goneSystemCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EAI_AGAIN",
  "ENOTFOUND",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** pg says these with an Error that carries no code. */
const goneMessages = [
  "Connection terminated",
  "timeout exceeded when trying to connect",
  "Client has encountered a connection error and is not queryable",
  "Cannot use a pool after calling end on the pool",
  "Client was closed and is not queryable",
];

/** How far a chain of causes is followed. */
const deepestCause = 5;

/** Does the error say that Postgres, or another server that was needed, cannot be reached right now? */
export function isUnavailable(error: unknown): boolean {
  return saysGone(error, deepestCause);
}

function saysGone(error: unknown, depth: number): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  if ("code" in error && typeof error.code === "string") {
    if (error.code.startsWith("08") && error.code.length === 5) return true;
    if (goneStates.has(error.code) || goneSystemCodes.has(error.code)) return true;
    // A unix socket that is not there yet.
    if (error.code === "ENOENT" && "syscall" in error && error.syscall === "connect") return true;
  } else if (goneMessages.some((message) => error.message.startsWith(message))) {
    return true;
  }
  // node tries every address of a name and reports them together.
  if (error instanceof AggregateError && error.errors.some((each) => saysGone(each, depth - 1))) return true;
  return saysGone(error.cause, depth - 1);
}
