/** What takes a time that cannot be booked: in which stretches, how many units, and by what; never by whom. */
import type { BlockingReason, Taker } from "@holdfast/contracts/api/explain";
import { sql, type Kysely } from "kysely";
import type { BookingTables } from "../database.ts";
import type { TakenTime } from "./check-time.ts";
import type { OwnedAllocation } from "./free-units.ts";

/** A stretch in which units are taken, each of them for all of it. */
export interface TakenStretch extends TakenTime {
  readonly units: number;
  readonly by: Taker;
}

/** Those that lie where fewer than `quantity` units are free, for some moment of the time at least. */
export function inTheWay(
  taken: readonly OwnedAllocation[],
  of: { readonly capacity: number; readonly quantity: number; readonly time: TakenTime },
): OwnedAllocation[] {
  const short = shortStretches(taken, of);
  return taken.filter((one) => short.some((stretch) => one.from < stretch.to && stretch.from < one.to));
}

/** When too few units are free, within the time, in order: between two turns nothing changes. */
function shortStretches(
  taken: readonly OwnedAllocation[],
  of: { readonly capacity: number; readonly quantity: number; readonly time: TakenTime },
): TakenTime[] {
  const { from, to } = of.time;
  const changes = new Map([
    [from, 0],
    [to, 0],
  ]);
  for (const one of taken) {
    if (one.from >= to || one.to <= from) continue;
    const [begins, ends] = [Math.max(one.from, from), Math.min(one.to, to)];
    changes.set(begins, (changes.get(begins) ?? 0) + 1);
    changes.set(ends, (changes.get(ends) ?? 0) - 1);
  }
  const turns = [...changes].toSorted(([a], [b]) => a - b);
  const short: TakenTime[] = [];
  let count = 0;
  for (const [index, [at, change]] of turns.slice(0, -1).entries()) {
    count += change;
    if (of.capacity - count < of.quantity) short.push({ from: at, to: turns[index + 1]![0] });
  }
  return short;
}

/** One reason for each kind and stretch, in the order of time. */
export function takenReasons(stretches: readonly TakenStretch[]): BlockingReason[] {
  const merged = new Map<string, TakenStretch>();
  for (const one of stretches) {
    const key = `${one.by} ${one.from} ${one.to}`;
    merged.set(key, { ...one, units: one.units + (merged.get(key)?.units ?? 0) });
  }
  const text = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString();
  return [...merged.values()]
    .toSorted((a, b) => a.from - b.from || a.to - b.to)
    .map(({ from, to, units, by }) => ({
      code: "taken",
      message: sentences[by],
      detail: { from: text(from), to: text(to), units, by },
    }));
}

const sentences: Readonly<Record<Taker, string>> = {
  booking: "That time is booked.",
  hold: "Somebody holds that time, and may still let it go.",
  block: "The vendor keeps that time for itself.",
  feed: "That time is taken in another calendar of the vendor.",
};

/** What each allocation is for; one that is gone by now was a hold that ended. */
export async function loadTakers(
  db: Kysely<BookingTables>,
  taken: readonly OwnedAllocation[],
): Promise<TakenStretch[]> {
  if (taken.length === 0) return [];
  const ids = [...new Set(taken.map((one) => one.ownerId))];
  const { rows } = await sql<{ id: string; by: Taker }>`
    select booking_id as id, case status when 'held' then 'hold' else 'booking' end as by
      from bookings where booking_id = any(${ids})
    union all
    select block_id, case when feed_id is null then 'block' else 'feed' end
      from blocks where block_id = any(${ids})`.execute(db);
  const kinds = new Map(rows.map((row) => [row.id, row.by]));
  return taken.map(({ from, to, ownerId }) => ({ from, to, units: 1, by: kinds.get(ownerId) ?? "hold" }));
}
