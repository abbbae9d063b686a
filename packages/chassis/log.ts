/** Structured logs on stdout, one JSON object a line; secrets never get there. */
import pino from "pino";

export type Logger = pino.Logger;
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** Members that hold a secret wherever they appear; looked for at the top and two levels down. */
const secretMembers = [
  "authorization",
  "Authorization",
  "cookie",
  "Cookie",
  '["set-cookie"]',
  "password",
  "newPassword",
  "passwordHash",
  "token",
  "accessToken",
  "refreshToken",
  "access_token",
  "refresh_token",
  "secret",
  "clientSecret",
  "client_secret",
  "apiKey",
  "card",
  "cardNumber",
  "cvc",
  "iban",
];

const redactedPaths = secretMembers.flatMap((member) =>
  member.startsWith("[") ? [member, `*${member}`, `*.*${member}`] : [member, `*.${member}`, `*.*.${member}`],
);

const deepestCause = 3;

/** What a log tells of an error. Postgres' `detail` and `where` stay out: they quote the values of rows. */
function serializeError(error: unknown, depth = deepestCause): unknown {
  if (!(error instanceof Error)) return error;
  return {
    type: error.name,
    message: error.message,
    ...("code" in error ? { code: error.code } : {}),
    ...("constraint" in error ? { constraint: error.constraint } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth === 0 ? {} : { cause: serializeError(error.cause, depth - 1) }),
  };
}

/** Where log lines go. */
export interface LogDestination {
  write(line: string): void;
}

let standardOutput: ReturnType<typeof pino.destination> | undefined;

/** One buffered stdout for the whole process: asynchronous in service, flushed at exit. */
function openStandardOutput() {
  if (standardOutput !== undefined) return standardOutput;
  const opened = pino.destination({ dest: 1, sync: false });
  standardOutput = opened;
  process.on("exit", () => {
    try {
      opened.flushSync();
    } catch {
      // Nobody reads stdout any more; there is nowhere left to say so.
    }
  });
  return opened;
}

/** A logger whose lines carry the service's name. */
export function createLogger(name: string, level: LogLevel, destination?: LogDestination): Logger {
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: "[redacted]" },
      serializers: { err: serializeError, error: serializeError },
    },
    destination ?? openStandardOutput(),
  );
}
