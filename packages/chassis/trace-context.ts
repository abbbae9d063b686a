/** W3C trace context (https://www.w3.org/TR/trace-context/): one booking is one trace, across HTTP and events. */
import { randomHex } from "./random-hex.ts";

const shape = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Longest header looked at; version 00 has 55 characters, later ones may append. */
const longest = 256;

/** Starts a trace. */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** Is it a traceparent whose first 55 characters can be relied on? */
export function isTraceparent(text: string): boolean {
  return text.length >= 55 && text.length <= longest && shape.test(text);
}

/** The caller's trace where its header is a valid one; undefined where a trace begins here. */
export function callerTraceparent(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== "string" || !isTraceparent(header)) return undefined;
  return header.length === 55 && header.startsWith("00-") ? header : `00-${header.slice(3, 55)}`;
}

/**
 * The caller's trace where it sent a valid one, else a new one.
 * The parent's span id is kept: without telemetry this process records no span that could be a parent.
 */
export function continueTraceparent(header: string | readonly string[] | undefined): string {
  return callerTraceparent(header) ?? newTraceparent();
}

/** The 32 hex digits that every log line of one trace carries. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** The 16 hex digits of the span that did the calling. */
export function spanIdOf(traceparent: string): string {
  return traceparent.slice(36, 52);
}
