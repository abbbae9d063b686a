/**
 * Two lanes towards Stripe. Authorising has a guest waiting; capturing, voiding and refunding do not, so they use fewer
 * connections and step back while somebody is being authorised, but never for longer than a bounded time.
 */

export type Lane = "authorise" | "background";

export interface CallLanesOptions {
  /** Authorisations in flight at most. */
  readonly authorising: number;
  /** Other calls in flight at most. */
  readonly background: number;
  /** No authorisation for so long means that nobody is in the way, in ms: between two bursts is not yet quiet. */
  readonly quietMs: number;
  /** Longest that a background call with a free place waits for such a moment, in ms. */
  readonly yieldMs: number;
  /** Calls waiting in a lane at most. */
  readonly waitingMax: number;
}

export interface CallLanes {
  /** Runs the job when its lane has a place; false where too many wait already, and then it never runs. */
  enter(lane: Lane, job: () => Promise<void>): boolean;
  /** Places left in the queue of the fuller lane. */
  room(): number;
  /** Begins nothing more and waits for what is in flight; what waits is dropped. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly job: () => Promise<void>;
  readonly sinceMs: number;
}

interface LaneState {
  queue: Waiting[];
  running: number;
}

/** How things stand when a background call would begin. */
export interface Traffic {
  readonly authorising: number;
  /** Since the last authorisation began or ended, in ms. */
  readonly quietForMs: number;
  readonly running: number;
  /** How long the call at the head has waited, in ms. */
  readonly waitedMs: number;
}

/** How long a background call waits before it asks again, in ms; 0: it begins, null: until a place is free. */
export function backgroundWaitMs(
  traffic: Traffic,
  options: Pick<CallLanesOptions, "background" | "quietMs" | "yieldMs">,
): number | null {
  if (traffic.running >= options.background) return null;
  const left = options.yieldMs - traffic.waitedMs;
  const untilQuiet = traffic.authorising > 0 ? options.quietMs : options.quietMs - traffic.quietForMs;
  return Math.max(0, Math.min(left, untilQuiet));
}

/** Makes the lanes; `nowMs` is a monotonic clock. Jobs never reject. */
export function createCallLanes(
  options: CallLanesOptions,
  nowMs: () => number = () => performance.now(),
): CallLanes {
  return new TwoLanes(options, nowMs);
}

class TwoLanes implements CallLanes {
  readonly #options: CallLanesOptions;
  readonly #nowMs: () => number;
  readonly #authorise: LaneState = { queue: [], running: 0 };
  readonly #background: LaneState = { queue: [], running: 0 };
  readonly #idle = Promise.withResolvers<void>();
  #isDraining = false;
  #timer: NodeJS.Timeout | undefined;
  #authorisedAtMs = -Infinity;

  constructor(options: CallLanesOptions, nowMs: () => number) {
    this.#options = options;
    this.#nowMs = nowMs;
  }

  enter(name: Lane, job: () => Promise<void>): boolean {
    const lane = name === "authorise" ? this.#authorise : this.#background;
    if (this.#isDraining || lane.queue.length >= this.#options.waitingMax) return false;
    lane.queue.push({ job, sinceMs: this.#nowMs() });
    if (lane === this.#authorise) this.#authorisedAtMs = this.#nowMs();
    this.#pump();
    return true;
  }

  room(): number {
    return this.#options.waitingMax - Math.max(this.#authorise.queue.length, this.#background.queue.length);
  }

  drain(): Promise<void> {
    this.#isDraining = true;
    clearTimeout(this.#timer);
    this.#authorise.queue = [];
    this.#background.queue = [];
    if (this.#running === 0) this.#idle.resolve();
    return this.#idle.promise;
  }

  get #running(): number {
    return this.#authorise.running + this.#background.running;
  }

  #run(lane: LaneState): void {
    const next = lane.queue.shift();
    if (next === undefined) return;
    lane.running += 1;
    void next.job().finally(() => {
      lane.running -= 1;
      if (lane === this.#authorise) this.#authorisedAtMs = this.#nowMs();
      if (this.#isDraining && this.#running === 0) this.#idle.resolve();
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isDraining) return;
    const { authorising } = this.#options;
    while (this.#authorise.queue.length > 0 && this.#authorise.running < authorising)
      this.#run(this.#authorise);
    for (let head = this.#background.queue[0]; head !== undefined; head = this.#background.queue[0]) {
      const waitMs = backgroundWaitMs(this.#traffic(head), this.#options);
      if (waitMs !== 0) {
        // A lane that is full wakes up by itself when a call ends.
        if (waitMs !== null) this.#wakeIn(waitMs);
        return;
      }
      this.#run(this.#background);
    }
  }

  #traffic(head: Waiting): Traffic {
    const now = this.#nowMs();
    return {
      authorising: this.#authorise.running + this.#authorise.queue.length,
      quietForMs: now - this.#authorisedAtMs,
      running: this.#background.running,
      waitedMs: now - head.sinceMs,
    };
  }

  #wakeIn(ms: number): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#pump();
      },
      Math.max(1, Math.ceil(ms)),
    );
  }
}
