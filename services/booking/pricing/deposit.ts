/** What of a total is due at once, and what later: the deposit and the balance. */
import type { BookingPolicies, OpenBalance } from "@holdfast/contracts/booking-policies";
import type { EpochMs } from "../calendar/opening-rules.ts";
import { percentOf } from "./rounding.ts";

/** What of a booking is still to be paid, as its row keeps it. */
export interface StoredBalance {
  /** Number of its charge. */
  readonly charge: number;
  readonly amountMinor: number;
  readonly dueAt: string;
  readonly givesUpAt: string;
  /** How often it could not be taken since it fell due. */
  readonly failures: number;
}

/** When the balance is due, and until when it may be paid late. */
export type BalanceTimes = Pick<StoredBalance, "dueAt" | "givesUpAt">;

/** A price, under which terms, when what it is for begins, and when it is agreed. */
export interface SplitAsked {
  readonly policies: Pick<BookingPolicies, "depositPercent" | "balance">;
  readonly totalMinor: number;
  readonly currency: string;
  readonly beginsAtMs: EpochMs;
  readonly nowMs: EpochMs;
}

/** The balance's charge follows the booking's own. */
const balanceCharge = 2;
const hourMs = 3_600_000;
/** The guest is reminded so long before the balance is taken. */
const remindsBeforeMs = 72 * hourMs;

/**
 * The balance of a booking agreed now; null where everything is due at once: there is no deposit, it comes to nothing or
 * to everything, or the balance would be due already. The deposit is rounded half up to what can be charged.
 */
export function balanceOf(of: SplitAsked): StoredBalance | null {
  const { policies, totalMinor, currency, beginsAtMs, nowMs } = of;
  const { depositPercent, balance } = policies;
  const depositMinor = percentOf(totalMinor, depositPercent, currency);
  if (!balance || depositMinor === 0 || depositMinor === totalMinor) return null;
  const dueAtMs = beginsAtMs - balance.dueHoursBefore * hourMs;
  if (dueAtMs <= nowMs) return null;
  const times = timesOf(dueAtMs, balance.graceHours, beginsAtMs);
  return { charge: balanceCharge, amountMinor: totalMinor - depositMinor, ...times, failures: 0 };
}

/**
 * What is left of a balance, and when it is due, for a booking that now begins at another time or costs less by
 * `cheaperMinor`: the balance shrinks before anything goes back. What is overdue stays so, unless it is not due yet any more.
 */
export function movedBalance(
  balance: StoredBalance | null,
  of: Pick<SplitAsked, "policies" | "beginsAtMs" | "nowMs"> & {
    readonly isSameBegin: boolean;
    readonly cheaperMinor: number;
  },
): StoredBalance | null {
  const amountMinor = (balance?.amountMinor ?? 0) - Math.max(0, of.cheaperMinor);
  if (!balance || !of.policies.balance || amountMinor <= 0) return null;
  if (of.isSameBegin) return { ...balance, amountMinor };
  const { dueHoursBefore, graceHours } = of.policies.balance;
  const dueAtMs = of.beginsAtMs - dueHoursBefore * hourMs;
  const isOverdue = Date.parse(balance.dueAt) <= of.nowMs;
  if (dueAtMs <= of.nowMs && isOverdue) {
    const givesUpAtMs = Math.min(Date.parse(balance.givesUpAt), of.beginsAtMs);
    return { ...balance, amountMinor, givesUpAt: instantAt(givesUpAtMs) };
  }
  const times = timesOf(Math.max(dueAtMs, of.nowMs), graceHours, of.beginsAtMs);
  return { ...balance, amountMinor, ...times, failures: 0 };
}

function timesOf(dueAtMs: EpochMs, graceHours: number, beginsAtMs: EpochMs): BalanceTimes {
  const givesUpAtMs = Math.min(dueAtMs + graceHours * hourMs, beginsAtMs);
  return { dueAt: instantAt(dueAtMs), givesUpAt: instantAt(givesUpAtMs) };
}

/** When the guest is reminded of the balance; null where that time has passed, as they have heard of it just now. */
export function remindsAt(balance: StoredBalance | null, nowMs: EpochMs): string | null {
  const atMs = balance ? Date.parse(balance.dueAt) - remindsBeforeMs : nowMs;
  return atMs > nowMs ? instantAt(atMs) : null;
}

/** What a booking's guest has paid, or is to have paid by now: all but the balance. */
export function paidMinor(of: {
  readonly total_minor: number;
  readonly balance: StoredBalance | null;
}): number {
  return of.total_minor - (of.balance?.amountMinor ?? 0);
}

/** The balance as guests and events see it. */
export function openBalance(
  { charge, amountMinor, dueAt, givesUpAt }: StoredBalance,
  currency: string,
): OpenBalance {
  return { charge, amount: { amountMinor, currency }, dueAt, givesUpAt };
}

function instantAt(epochMs: EpochMs): string {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toString();
}
