import type { EventRecord } from "./events.ts";
import { isNamed } from "./patterns.ts";
import type { WebhookBehaviour } from "./switches.ts";
import type { WebhookDelivery, WebhookEndpoint } from "./webhook-delivery.ts";

/** Decides whether, when, how often and in which order events go out, before delivery itself. */
export class WebhookOrder {
  readonly #delivery: WebhookDelivery;
  readonly #endpoint: () => WebhookEndpoint;
  readonly #behaviour: () => WebhookBehaviour;
  readonly #maxHeld: number;
  #held: EventRecord[] = [];
  #window: EventRecord[] = [];
  #windowTimer: NodeJS.Timeout | undefined;
  #random = 1;
  #seed: number | undefined;

  constructor(
    delivery: WebhookDelivery,
    endpoint: () => WebhookEndpoint,
    behaviour: () => WebhookBehaviour,
    maxHeld: number,
  ) {
    this.#delivery = delivery;
    this.#endpoint = endpoint;
    this.#behaviour = behaviour;
    this.#maxHeld = maxHeld;
  }

  get held(): number {
    return this.#held.length + this.#window.length;
  }

  accept(event: EventRecord): void {
    const { url, enabledEvents } = this.#endpoint();
    if (url === null || !(enabledEvents.includes("*") || enabledEvents.includes(event.object.type))) {
      event.object.pending_webhooks = 0;
      return;
    }
    this.#arrange(event);
  }

  /** Sends an event again, whatever became of it before. */
  resend(event: EventRecord): void {
    this.#delivery.send(event, 0);
  }

  /** Sends what `hold` has kept, in order or under the behaviour now set; returns how many. */
  release(): number {
    const held = this.#held;
    this.#held = [];
    const holding = this.#behaviour() === "hold";
    for (const event of held) {
      if (holding) this.#delivery.send(event, 0);
      else this.#arrange(event);
    }
    return held.length;
  }

  clear(): void {
    clearTimeout(this.#windowTimer);
    this.#windowTimer = undefined;
    this.#held = [];
    this.#window = [];
    this.#seed = undefined;
  }

  #arrange(event: EventRecord): void {
    const behaviour = this.#behaviour();
    if (behaviour === "on") {
      this.#delivery.send(event, 0);
    } else if (behaviour === "off") {
      this.#delivery.counts.lost += 1;
    } else if (behaviour === "hold") {
      if (this.#held.length < this.#maxHeld) this.#held.push(event);
      else this.#delivery.counts.lost += 1;
    } else if (!behaviour.types.some((pattern) => isNamed(pattern, event.object.type))) {
      this.#delivery.send(event, 0);
    } else if (behaviour.never) {
      this.#delivery.counts.lost += 1;
    } else if (behaviour.reorder === undefined) {
      this.#copies(event, behaviour.delayMs, behaviour.duplicate);
    } else {
      this.#collect(event, behaviour.reorder);
    }
  }

  #copies(event: EventRecord, delayMs: number, duplicate: number): void {
    for (let copy = 0; copy <= duplicate; copy += 1) this.#delivery.send(event, delayMs);
  }

  #collect(event: EventRecord, reorder: { window: number; seed: number; waitMs: number }): void {
    if (this.#seed !== reorder.seed) {
      this.#seed = reorder.seed;
      this.#random = reorder.seed;
    }
    this.#window.push(event);
    if (this.#window.length >= reorder.window) this.#sendShuffled();
    else this.#windowTimer ??= setTimeout(() => this.#sendShuffled(), reorder.waitMs);
  }

  #sendShuffled(): void {
    clearTimeout(this.#windowTimer);
    this.#windowTimer = undefined;
    const rest = this.#window;
    this.#window = [];
    const behaviour = this.#behaviour();
    const { delayMs, duplicate } = typeof behaviour === "object" ? behaviour : { delayMs: 0, duplicate: 0 };
    while (rest.length > 0) {
      const [event] = rest.splice(Math.floor(this.#nextRandom() * rest.length), 1);
      if (event !== undefined) this.#copies(event, delayMs, duplicate);
    }
  }

  /** Mulberry32: the same seed gives the same order on every run. */
  #nextRandom(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}
