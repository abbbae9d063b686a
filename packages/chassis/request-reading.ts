/** Takes a request's parts off the wire: the body within its limit, JSON that Postgres can store, the query. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import {
  bodyNotReceived,
  bodyTooLarge,
  malformedJson,
  requestInvalid,
  unsupportedMediaType,
} from "./problems.ts";

const nothing = Buffer.alloc(0);

/** Does the request announce a body? */
function announcesBody(incoming: IncomingMessage): boolean {
  const length = incoming.headers["content-length"];
  return (length !== undefined && length !== "0") || incoming.headers["transfer-encoding"] !== undefined;
}

/**
 * Reads the body, counting while it arrives. Straight from node's stream: no web streams, no copies for one chunk.
 * @throws bodyTooLarge as soon as the limit is passed, bodyNotReceived when the client goes away
 */
export function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (!announcesBody(incoming)) {
    incoming.resume();
    return Promise.resolve(nothing);
  }
  return new Promise((resolve, reject) => {
    const tooLarge = () =>
      // What else the client sends is not worth reading, so the connection ends with the answer.
      bodyTooLarge(`At most ${maxBytes} bytes are taken.`, { headers: { connection: "close" } });
    if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) return reject(tooLarge());
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        incoming.off("data", onData);
        incoming.pause();
        reject(tooLarge());
      } else if (first === undefined) first = chunk;
      else (more ??= [first]).push(chunk);
    };
    incoming.on("data", onData);
    incoming.once("end", () => resolve(more === undefined ? (first ?? nothing) : Buffer.concat(more, size)));
    incoming.once("error", (error) => reject(bodyNotReceived(undefined, { cause: error })));
    incoming.once("close", () => {
      if (!incoming.complete) reject(bodyNotReceived());
    });
  });
}

const jsonType = /^application\/json\s*(;|$)/i;

/** @throws unsupportedMediaType for anything but plain JSON */
export function requireJson(incoming: IncomingMessage): void {
  const type = incoming.headers["content-type"];
  if (type !== "application/json" && !jsonType.test(type ?? "")) throw unsupportedMediaType();
  requireUncompressed(incoming);
}

/** @throws unsupportedMediaType: a small compressed body can be a huge one */
export function requireUncompressed(incoming: IncomingMessage): void {
  const encoding = incoming.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") throw unsupportedMediaType();
}

/** Can it be stored as text in Postgres, and sent as UTF-8? */
function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}

/** Refuses what only escapes can smuggle in, and `__proto__`, a member no schema has; called for every member. */
function revive(this: unknown, name: string, value: unknown): unknown {
  if (name === "__proto__") {
    throw requestInvalid(undefined, {
      errors: [{ field: name, message: `Unrecognized key: "${name}"`, code: "unrecognized_keys" }],
    });
  }
  if (!isStorable(name) || (typeof value === "string" && !isStorable(value))) {
    throw requestInvalid(undefined, {
      errors: [
        {
          field: "",
          message: "must not contain NUL characters or unpaired surrogates",
          code: "unstorable",
        },
      ],
    });
  }
  return value;
}

/**
 * Parses a JSON body.
 * @throws malformedJson, or requestInvalid for characters that cannot be stored
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw malformedJson("The body is not UTF-8.");
  const text = bytes.toString("utf8");
  // Without an escape there can be no NUL, no lone surrogate and no disguised name: the usual body is parsed natively.
  const suspect = text.includes("\\u") || text.includes("__proto__");
  try {
    return suspect ? JSON.parse(text, revive) : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw malformedJson(undefined, { cause: error });
    if (error instanceof RangeError) throw malformedJson("The body is nested too deeply.", { cause: error });
    throw error;
  }
}

/** Query parameters; one that is given several times becomes an array. */
export function parseQuery(url: string): Record<string, string | string[]> {
  const at = url.indexOf("?");
  const query: Record<string, string | string[]> = {};
  if (at === -1) return query;
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    if (name === "__proto__") continue;
    requireStorable(name, value);
    const earlier = Object.hasOwn(query, name) ? query[name] : undefined;
    if (earlier === undefined) query[name] = value;
    else if (typeof earlier === "string") query[name] = [earlier, value];
    else earlier.push(value);
  }
  return query;
}

/** @throws requestInvalid when a decoded part of the address holds what Postgres cannot store */
export function requireStorable(name: string, value: string): void {
  if (isStorable(name) && isStorable(value)) return;
  throw requestInvalid(undefined, {
    errors: [
      {
        field: isStorable(name) ? name : "",
        message: "must not contain NUL characters",
        code: "unstorable",
      },
    ],
  });
}

/** Longest wait a client can ask for. */
const longestWaitSeconds = 30;

/** Seconds of `Prefer: wait=N` (RFC 7240), at most 30; 0 where there is none. */
export function parseWait(prefer: string | undefined): number {
  if (prefer === undefined) return 0;
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i.exec(prefer)?.[1];
  return seconds === undefined ? 0 : Math.min(Number(seconds), longestWaitSeconds);
}

const idempotencyKeyShape = /^[\x21-\x7e]{1,255}$/;

/** An Idempotency-Key that can be stored: 1 to 255 visible ASCII characters. */
export function isIdempotencyKey(text: string): boolean {
  return idempotencyKeyShape.test(text);
}

const requestIdShape = /^[A-Za-z0-9._~:+/=-]{8,128}$/;

/** A request id from outside that is safe to echo and to log. */
export function isRequestId(text: string): boolean {
  return requestIdShape.test(text);
}
