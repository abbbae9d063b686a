/** What of what a vendor is owed is to be sent. */
import type { Id } from "@holdfast/contracts/ids";

/** Something a vendor is owed, or owes, and that no transfer has taken. */
export interface OpenItem {
  readonly transactionId: Id<"ltx">;
  readonly bookingId: Id<"bkg"> | null;
  readonly payableMinor: number;
  readonly taxMinor: number;
  /** Of both. */
  readonly amountMinor: number;
  /** Business time from which it could be sent, but for the days it is held. */
  readonly availableAt: string;
  /** A dispute about its booking is open. */
  readonly frozen: boolean;
}

/** How things stand when it is decided. */
export interface PayableAt {
  readonly now: Temporal.Instant;
  readonly holdDays: number;
}

/** Open items by what becomes of them; of each the sum in minor units. */
export interface Payable {
  /** Those that a transfer takes now. */
  readonly taken: readonly OpenItem[];
  /** Their sum; less than nothing where the vendor owes more than it is owed, and then nothing is sent. */
  readonly takenMinor: number;
  readonly pendingMinor: number;
  readonly frozenMinor: number;
}

const hoursOfDay = 24;

export function sumOf(items: readonly OpenItem[]): number {
  return items.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

function isAvailable({ amountMinor, availableAt }: OpenItem, { now, holdDays }: PayableAt): boolean {
  if (amountMinor <= 0) return true;
  const heldUntil = Temporal.Instant.from(availableAt).add({ hours: holdDays * hoursOfDay });
  return Temporal.Instant.compare(heldUntil, now) <= 0;
}

function byBooking(items: readonly OpenItem[]): OpenItem[][] {
  const groups = new Map<string, OpenItem[]>();
  for (const item of items) {
    const key = item.bookingId ?? item.transactionId;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/**
 * Pure. What a booking comes to counts as a whole: what is owed for it waits its days and is held back while it is frozen;
 * what is owed back for it counts at once. So never more is sent than the vendor is owed.
 */
export function payableOf(items: readonly OpenItem[], at: PayableAt): Payable {
  const taken: OpenItem[] = [];
  let pendingMinor = 0;
  let frozenMinor = 0;
  for (const group of byBooking(items)) {
    const sum = sumOf(group);
    if (sum <= 0) taken.push(...group);
    else if (group.some(({ frozen }) => frozen)) frozenMinor += sum;
    else if (group.every((item) => isAvailable(item, at))) taken.push(...group);
    else pendingMinor += sum;
  }
  return { taken, takenMinor: sumOf(taken), pendingMinor, frozenMinor };
}
