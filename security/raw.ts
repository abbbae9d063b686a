/** Bytes on a socket, for requests that no HTTP client would send. */
import { connect } from "node:net";
import type { Answered } from "./requests.ts";

export interface RawOptions {
  /** Sent after the answer to what came before has begun. */
  readonly then?: string | Buffer;
  /** How long the other side may leave the connection open, in ms; 8 s where not said. */
  readonly closesWithinMs?: number;
}

const defaultCloseMs = 8_000;

/**
 * Sends these bytes and gives back every answer until the other side closes the connection.
 * @throws Error where it stays open
 */
export function sendRaw(url: string, bytes: string | Buffer, options: RawOptions = {}): Promise<Answered[]> {
  const { then, closesWithinMs = defaultCloseMs } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Answered[]>();
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  const text = () => Buffer.concat(chunks).toString("latin1");
  const tooLate = setTimeout(() => {
    reject(new Error(`the connection stayed open for ${closesWithinMs} ms; answered so far: ${text()}`));
    socket.destroy();
  }, closesWithinMs);
  let wasSent = then === undefined;
  socket.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    if (wasSent || then === undefined) return;
    wasSent = true;
    socket.write(then);
  });
  // A connection that is cut while it is written to says so, and what was answered counts.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearTimeout(tooLate);
    resolve(readAnswers(text()));
  });
  socket.write(bytes);
  return promise;
}

/** Lines of HTTP. */
export function lines(...all: readonly string[]): string {
  return all.join("\r\n");
}

const chunked = /^transfer-encoding:\s*chunked/im;
const lengthShape = /^content-length:\s*(\d+)/im;

/** Where a body that begins here ends, and what it says. */
function bodyAt(text: string, at: number, head: string): { readonly body: string; readonly end: number } {
  if (!chunked.test(head)) {
    const length = Number(lengthShape.exec(head)?.[1] ?? 0);
    return { body: text.slice(at, at + length), end: at + length };
  }
  let body = "";
  for (let next = at; ;) {
    const lineEnd = text.indexOf("\r\n", next);
    const size = Number.parseInt(text.slice(next, lineEnd), 16);
    if (lineEnd === -1 || !(size > 0)) return { body, end: lineEnd === -1 ? text.length : lineEnd + 4 };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    next = lineEnd + 2 + size + 2;
  }
}

function readAnswers(text: string): Answered[] {
  const answers: Answered[] = [];
  for (let at = 0; at < text.length;) {
    const headEnd = text.indexOf("\r\n\r\n", at);
    const head = text.slice(at, headEnd === -1 ? text.length : headEnd);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    if (headEnd === -1 || status === 0) throw new Error(`that is no answer: ${text.slice(at, at + 200)}`);
    const { body, end } = bodyAt(text, headEnd + 4, head);
    at = end;
    answers.push({ status, headers: headersOf(head), text: body, code: codeOf(head, body) });
  }
  return answers;
}

function headersOf(head: string): Headers {
  const headers = new Headers();
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return headers;
}

function codeOf(head: string, body: string): string | undefined {
  if (!/^content-type:\s*application\/problem\+json/im.test(head) || body === "") return undefined;
  return (JSON.parse(body) as { readonly code?: string }).code;
}
