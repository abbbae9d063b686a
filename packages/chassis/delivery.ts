/** One delivery of one message, and what can be answered to it. Every final answer is given once. */
import type { Envelope } from "@holdfast/contracts/define-event";
import { type Msg, nanos } from "@nats-io/transport-node";
import { parseEnvelope } from "./received.ts";

const ack = new TextEncoder().encode("+ACK");
const term = new TextEncoder().encode("+TERM");
const working = new TextEncoder().encode("+WPI");

/** `$JS.ACK.<stream>.<consumer>.<deliveries>…`; with a domain and an account hash before the stream in the long form. */
const shortSubjectParts = 9;

export class Delivery {
  readonly #message: Msg;
  #envelope: Envelope | null = null;
  #answered = false;

  constructor(message: Msg) {
    this.#message = message;
  }

  /** How often the message has been delivered, this time included. */
  get deliveries(): number {
    const parts = (this.#message.reply ?? "").split(".");
    return Number(parts[parts.length === shortSubjectParts ? 4 : 6]) || 1;
  }

  /** Where the message is in its stream, for one that has no id: `seq-17`. */
  get place(): string {
    const parts = (this.#message.reply ?? "").split(".");
    return `seq-${parts[parts.length === shortSubjectParts ? 5 : 7] ?? "unknown"}`;
  }

  /** The body as it was sent. */
  get body(): string {
    return this.#message.string();
  }

  /** The body, parsed at first use. Throws `InvalidEvent`. */
  get envelope(): Envelope {
    return (this.#envelope ??= parseEnvelope(this.body));
  }

  /** Done, for good. */
  ack(): void {
    this.#answer(ack);
  }

  /** Not now: deliver again after so many ms. */
  nak(delayMs: number): void {
    this.#answer(`-NAK {"delay":${nanos(delayMs)}}`);
  }

  /** Never again, to anybody. */
  term(): void {
    this.#answer(term);
  }

  /** Still in hand; the time allowed starts again. */
  working(): void {
    if (!this.#answered) this.#send(working);
  }

  #answer(answer: Uint8Array | string): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#send(answer);
  }

  #send(answer: Uint8Array | string): void {
    try {
      this.#message.respond(answer);
    } catch {
      // The connection is closed for good: the message will be delivered to another, whose inbox knows what was done.
    }
  }
}
