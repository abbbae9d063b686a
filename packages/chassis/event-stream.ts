/** Answers that stay open: server-sent events (WHATWG HTML, 9.2), one after the other for as long as the token lives. */
import type { ServerResponse } from "node:http";
import type { EventSource, ServerEvent, StreamControl } from "./endpoint.ts";
import type { Logger } from "./log.ts";
import { Problem } from "./problem.ts";

/** How soon a client comes back after a broken connection. */
const retryMs = 2_000;
/** Silence after which a comment is sent: proxies on the way end what is silent for longer. */
const commentAfterMs = 15_000;
/** How often the caller's token is looked at again: with the time revocations take to arrive, within 5 s. */
const recheckEveryMs = 2_000;
const tickMs = 500;
const encoder = new TextEncoder();
const comment = encoder.encode(": \n\n");
const beginning = encoder.encode(`retry: ${retryMs}\n\n`);

/** The request a stream answers. */
export interface Streamed {
  readonly events: EventSource;
  readonly outgoing: ServerResponse;
  readonly log: Logger;
  /** May the caller still call? Rejects with the Problem that says no. */
  readonly recheck: () => Promise<unknown>;
}

/** A server's open streams: they share a timer, and end together when the server drains. */
export class EventStreams {
  readonly #open = new Set<OpenStream>();
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  get count(): number {
    return this.#open.size;
  }

  /** The body of the answer. Events are taken from their source as the client reads them. */
  open(streamed: Streamed): ReadableStream<Uint8Array> {
    const stream = new OpenStream(streamed, () => this.#closed(stream));
    this.#open.add(stream);
    this.#timer ??= setInterval(() => {
      for (const one of this.#open) one.tick();
    }, tickMs).unref();
    if (this.#isOver || streamed.outgoing.destroyed) stream.end();
    return stream.body;
  }

  /** Ends all of them, and at once those that come after: their clients find another replica. */
  endAll(): void {
    this.#isOver = true;
    for (const stream of this.#open) stream.end();
  }

  #closed(stream: OpenStream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

class OpenStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #streamed: Streamed;
  readonly #onEnd: () => void;
  readonly #events: AsyncIterator<ServerEvent>;
  readonly #over = new AbortController();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #quietSince = performance.now();
  #checkedAt = performance.now();

  constructor(streamed: Streamed, onEnd: () => void) {
    this.#streamed = streamed;
    this.#onEnd = onEnd;
    streamed.outgoing.once("close", () => this.end());
    const control: StreamControl = { signal: this.#over.signal, cut: () => this.#cut() };
    this.#events = streamed.events(control)[Symbol.asyncIterator]();
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#send(beginning);
        },
        pull: () => this.#pull(),
        cancel: () => this.end(),
      },
      { highWaterMark: 1 },
    );
  }

  /** Ends the answer after what was taken already; the client comes back. */
  end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    try {
      this.#controller?.close();
    } catch {
      // The client was first.
    }
    this.#events.return?.().catch((error: unknown) => this.#failed(error));
    this.#onEnd();
  }

  tick(): void {
    const now = performance.now();
    if (now - this.#quietSince >= commentAfterMs && (this.#controller?.desiredSize ?? 0) > 0) {
      this.#send(comment);
    }
    if (now - this.#checkedAt < recheckEveryMs) return;
    this.#checkedAt = now;
    this.#streamed.recheck().catch((error: unknown) => {
      // Whatever else fails says nothing about the caller.
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) this.end();
    });
  }

  async #pull(): Promise<void> {
    try {
      const next = await this.#events.next();
      if (this.#over.signal.aborted) return;
      if (next.done === true) this.end();
      else this.#send(encoder.encode(eventText(next.value)));
    } catch (error) {
      this.#failed(error);
      this.end();
    }
  }

  #send(bytes: Uint8Array): void {
    this.#quietSince = performance.now();
    this.#controller?.enqueue(bytes);
  }

  /** Ends without a word to a client that does not read what it is told. */
  #cut(): void {
    this.end();
    this.#streamed.outgoing.destroy();
  }

  #failed(error: unknown): void {
    this.#streamed.log.warn({ err: error }, "a stream of events failed; its client comes back");
  }
}

/** One event as it is sent; `data` is one line. */
function eventText({ id, event, data }: ServerEvent): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`;
}
