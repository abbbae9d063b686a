/** Where the pure core's circumstances come from: the clocks, chance, and new ids. */
import type { Clock } from "@holdfast/chassis/clock";
import { newId } from "@holdfast/contracts/ids";
import type { Circumstances, Patience } from "./payment.ts";

export interface Decider {
  circumstances(): Circumstances;
  /** Business time, which events carry. */
  now(): Temporal.Instant;
  /** Machine time as stored. */
  machineNow(): string;
}

export function createDecider(clock: Clock, patience: Patience): Decider {
  return {
    circumstances: () => ({
      nowMs: clock.machineNow().epochMilliseconds,
      businessMs: clock.now().epochMilliseconds,
      random: Math.random,
      newPaymentId: () => newId("pay"),
      newRefundId: () => newId("rfd"),
      patience,
    }),
    now: () => clock.now(),
    machineNow: () => clock.machineNow().toString(),
  };
}
