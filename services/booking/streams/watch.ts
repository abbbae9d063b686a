/** One open stream: what it watches, and what it has yet to tell. */
import type { ServerEvent, StreamControl } from "@holdfast/chassis/endpoint";
import type { Caller } from "@holdfast/chassis/tokens";
import type { Id } from "@holdfast/contracts/ids";
import type { Change } from "./change.ts";
import type { Of } from "./past-changes.ts";

/** A change with the booking as it stood when it was read for telling, as one line of JSON. */
export interface Told {
  readonly change: Change;
  readonly view: string;
}

/** How it begins: what is told first, and how far each booking told of had come. */
export interface Opening {
  readonly events: readonly ServerEvent[];
  readonly floors: ReadonlyMap<Id<"bkg">, number>;
  readonly last: Position | undefined;
}

/** Where the client is: what it will name in `Last-Event-ID`. */
export interface Position {
  readonly id: Id<"evt">;
  readonly version: number;
}

/** Changes that a client is behind at most. */
const waitingMax = 100;

/** When it was last known that the caller may see the booking, where it is not their own. */
export interface Watcher {
  readonly caller: Caller;
  readonly of: Of;
}

export class Watch implements Watcher {
  readonly caller: Caller;
  readonly of: Of;
  /** By `performance.now()`. */
  seenAt = performance.now();
  readonly #waiting: Told[] = [];
  readonly #forget: () => void;
  #floors: ReadonlyMap<Id<"bkg">, number> = new Map();
  #last: Position | undefined;
  #control: StreamControl | undefined;
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor({ caller, of }: Watcher, forget: () => void) {
    this.caller = caller;
    this.of = of;
    this.#forget = forget;
  }

  /** Takes a change; a client that does not keep up is cut off, and comes back for what it missed. */
  take(told: Told): void {
    if (this.#isOver) return;
    if (this.#waiting.push(told) > waitingMax) return this.cut();
    this.#wake?.();
  }

  /** Ends after what was told already. */
  end(): void {
    this.#isOver = true;
    this.#wake?.();
  }

  cut(): void {
    this.end();
    this.#control?.cut();
  }

  /** What is told: first the opening, which is read only now that changes are being taken, then each change. */
  events(control: StreamControl, open: () => Promise<Opening>): AsyncIterable<ServerEvent> {
    this.#control = control;
    control.signal.addEventListener("abort", () => {
      this.#forget();
      this.end();
    });
    return this.#tell(open);
  }

  async *#tell(open: () => Promise<Opening>): AsyncGenerator<ServerEvent> {
    const { events, floors, last } = await open();
    this.#floors = floors;
    this.#last = last;
    yield* events;
    while (!this.#isOver) {
      const told = this.#waiting.shift();
      if (told === undefined) await this.#something();
      else if (!this.#wasTold(told)) yield this.#eventOf(told);
    }
  }

  /** Was it read with the opening already? */
  #wasTold({ change }: Told): boolean {
    return change.version <= (this.#floors.get(change.bookingId) ?? 0);
  }

  /** What arrives late does not take the client back to where it was before. */
  #eventOf({ change, view }: Told): ServerEvent {
    const isLater = this.#last === undefined || this.#isAfter(change, this.#last);
    if (isLater) this.#last = change;
    return { ...(isLater && { id: change.id }), event: change.type, data: view };
  }

  #isAfter(change: Change, last: Position): boolean {
    if ("customerId" in this.of || change.version === last.version) return change.id > last.id;
    return change.version > last.version;
  }

  async #something(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}
