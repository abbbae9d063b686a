/**
 * Business time: holds, deadlines, notice. A test clock moves it forward, for every service together.
 * Tokens, timeouts and backoff use the machine's time, which nobody moves.
 */
import assert from "node:assert";
import { clockBackwards } from "./problems.ts";

export interface Clock {
  /** Business time. */
  now(): Temporal.Instant;
  /** The machine's time, whatever the test clock says. */
  machineNow(): Temporal.Instant;
  /** Can it be moved? */
  readonly test: boolean;
  /**
   * Moves business time forward; it flows on from there.
   * @throws clockBackwards when `instant` lies before now, by more than moving all processes takes
   */
  moveTo(instant: Temporal.Instant): void;
  /** How far business time is ahead of the machine's, in ms, rounded up; 0 until it is moved. */
  readonly aheadMs: number;
  /** Moves business time so far ahead of the machine's; where it is there or further, nothing happens. */
  catchUp(aheadMs: number): void;
  /** Called after each move, so that what was waiting for a deadline looks again; returns how to stop listening. */
  onMove(listener: () => void): () => void;
}

/**
 * All processes are moved one after the other, and one may have caught up with those moved first, whose time flows on,
 * before its own turn comes: it is there already.
 */
const sameMoveMs = 5_000;

/** The clock of one process; `test` must be false in production. */
export function createClock(options: { readonly test: boolean }): Clock {
  const machineNow = () => Temporal.Now.instant();
  const listeners = new Set<() => void>();
  let aheadBy: Temporal.Duration | undefined;
  const aheadMs = () => Math.ceil(aheadBy?.total("milliseconds") ?? 0);
  const moveBy = (duration: Temporal.Duration) => {
    assert(options.test, "only a test clock can be moved");
    aheadBy = duration;
    for (const listener of listeners) listener();
  };
  const now = () => (aheadBy === undefined ? machineNow() : machineNow().add(aheadBy));
  return {
    test: options.test,
    now,
    machineNow,
    moveTo: (instant) => {
      const backMs = now().epochMilliseconds - instant.epochMilliseconds;
      if (backMs > sameMoveMs) throw clockBackwards(`It is already ${now().toString()}.`);
      if (backMs <= 0) moveBy(machineNow().until(instant));
    },
    get aheadMs() {
      return aheadMs();
    },
    catchUp: (ms) => {
      if (ms > aheadMs()) moveBy(Temporal.Duration.from({ milliseconds: ms }));
    },
    onMove: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
