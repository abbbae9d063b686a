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
  const authorise: LaneState = { queue: [], running: 0 };
  const background: LaneState = { queue: [], running: 0 };
  let isDraining = false;
  let timer: NodeJS.Timeout | undefined;
  let authorisedAtMs = -Infinity;
  const idle = Promise.withResolvers<void>();

  const run = (lane: LaneState): void => {
    const next = lane.queue.shift();
    if (next === undefined) return;
    lane.running += 1;
    void next.job().finally(() => {
      lane.running -= 1;
      if (lane === authorise) authorisedAtMs = nowMs();
      if (isDraining && authorise.running + background.running === 0) idle.resolve();
      pump();
    });
  };

  const pump = (): void => {
    if (isDraining) return;
    while (authorise.queue.length > 0 && authorise.running < options.authorising) run(authorise);
    for (let head = background.queue[0]; head !== undefined; head = background.queue[0]) {
      const now = nowMs();
      const waitMs = backgroundWaitMs(
        {
          authorising: authorise.running + authorise.queue.length,
          quietForMs: now - authorisedAtMs,
          running: background.running,
          waitedMs: now - head.sinceMs,
        },
        options,
      );
      if (waitMs !== 0) {
        // A lane that is full wakes up by itself when a call ends.
        if (waitMs !== null) wakeIn(waitMs);
        return;
      }
      run(background);
    }
  };

  const wakeIn = (ms: number): void => {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        pump();
      },
      Math.max(1, Math.ceil(ms)),
    );
  };

  return {
    enter(name, job) {
      const lane = name === "authorise" ? authorise : background;
      if (isDraining || lane.queue.length >= options.waitingMax) return false;
      lane.queue.push({ job, sinceMs: nowMs() });
      if (lane === authorise) authorisedAtMs = nowMs();
      pump();
      return true;
    },
    room: () => options.waitingMax - Math.max(authorise.queue.length, background.queue.length),
    drain() {
      isDraining = true;
      clearTimeout(timer);
      authorise.queue = [];
      background.queue = [];
      if (authorise.running + background.running === 0) idle.resolve();
      return idle.promise;
    },
  };
}
