/**
 * A year in the life of a hotel: who booked which room type when, and who cancelled when. Real rows where the data set is
 * at hand (Antonio, Almeida and Nunes, "Hotel booking demand datasets", Data in Brief 22, 2019, CC BY 4.0), else a
 * generated trace of the same shape.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";

/** One row: a stay that somebody booked, and what became of it. Dates are ISO, whole days; the rate is in cents a night. */
export interface Stay {
  readonly bookedOn: string;
  readonly arrivesOn: string;
  readonly nights: number;
  readonly roomType: string;
  readonly rateMinor: number;
  /** When the guest called it off; null where they did not. */
  readonly cancelledOn: string | null;
  /** The guest neither called it off nor came. */
  readonly isNoShow: boolean;
}

const besideTheRepository = join(import.meta.dirname, "../../../../shared/data/resort-hotel-bookings.csv");

/** Is the data set at hand? Where it is not, a trace is generated. */
export function hasDataSet(): boolean {
  return existsSync(dataSetFile());
}

function dataSetFile(): string {
  return process.env["HOLDFAST_HOTEL_DATA"] ?? besideTheRepository;
}

/** The first `count` rows in time order, and where they are from. Stays of no nights hold nothing and are left out. */
export async function readHotelTrace(
  count: number,
): Promise<{ source: "data set" | "generated"; stays: Stay[] }> {
  const isThere = hasDataSet();
  const all = isThere ? await readDataSet(dataSetFile()) : generateStays(count);
  const stays = all
    .toSorted((a, b) => (a.bookedOn < b.bookedOn ? -1 : a.bookedOn > b.bookedOn ? 1 : 0))
    .slice(0, count)
    .filter((stay) => stay.nights > 0);
  return { source: isThere ? "data set" : "generated", stays };
}

async function readDataSet(file: string): Promise<Stay[]> {
  const rows = parse<Record<string, string>>(await readFile(file), { columns: true });
  return rows.map((row) => ({
    bookedOn: row["booked_on"]!,
    arrivesOn: row["arrives_on"]!,
    nights: Number(row["nights"]),
    roomType: row["room_type"]!,
    rateMinor: Number(row["nightly_rate_minor"]),
    cancelledOn: row["final_status"] === "Canceled" ? row["status_on"]! : null,
    isNoShow: row["final_status"] === "No-Show",
  }));
}

/** A trace of the same shape: lead times of days to months, stays of mostly up to a week, two in five cancelled. */
export function generateStays(count: number, seed = 7): Stay[] {
  const random = mulberry32(seed);
  const first = Temporal.PlainDate.from("2014-07-01");
  const roomTypes = ["A", "A", "A", "A", "A", "D", "D", "E", "G", "C"];
  return Array.from({ length: count }, (_, index) => {
    const bookedOn = first.add({ days: Math.floor((index / count) * 380) });
    const leadDays = Math.floor(random() ** 2 * 300) + 1;
    const arrivesOn = bookedOn.add({ days: leadDays });
    const isCancelled = random() < 0.4;
    return {
      bookedOn: bookedOn.toString(),
      arrivesOn: arrivesOn.toString(),
      nights: 1 + Math.floor(random() ** 1.5 * 14),
      roomType: roomTypes[Math.floor(random() * roomTypes.length)]!,
      rateMinor: 2000 + Math.floor(random() * 15_000),
      cancelledOn: isCancelled ? bookedOn.add({ days: Math.floor(random() * leadDays) }).toString() : null,
      isNoShow: !isCancelled && random() < 0.03,
    };
  });
}

/** A small seeded generator, so that a generated trace is the same on every run. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The same stays so many days later: the platform's clock only moves forward. */
export function shift(stays: readonly Stay[], days: number): Stay[] {
  const later = (date: string) => Temporal.PlainDate.from(date).add({ days }).toString();
  return stays.map((stay) => ({
    ...stay,
    bookedOn: later(stay.bookedOn),
    arrivesOn: later(stay.arrivesOn),
    cancelledOn: stay.cancelledOn === null ? null : later(stay.cancelledOn),
  }));
}

/** The nights of a stay, as dates. */
export function nightsOf(stay: Stay): string[] {
  const arrival = Temporal.PlainDate.from(stay.arrivesOn);
  return Array.from({ length: stay.nights }, (_, night) => arrival.add({ days: night }).toString());
}

/** One thing that happens, in the order things happen. */
export interface HotelEvent {
  readonly on: string;
  readonly what: "book" | "cancel";
  readonly stay: number;
}

/** All that happens: each day first the cancellations of earlier bookings, then bookings, then changes of mind. */
export function eventsOf(stays: readonly Stay[]): HotelEvent[] {
  const rank = (event: HotelEvent) =>
    event.what === "book" ? 1 : stays[event.stay]!.bookedOn === event.on ? 2 : 0;
  return stays
    .flatMap((stay, index): HotelEvent[] => [
      { on: stay.bookedOn, what: "book", stay: index },
      ...(stay.cancelledOn === null ? [] : [{ on: stay.cancelledOn, what: "cancel" as const, stay: index }]),
    ])
    .toSorted((a, b) => (a.on === b.on ? rank(a) - rank(b) || a.stay - b.stay : a.on < b.on ? -1 : 1));
}

/**
 * An independent count by room type and night, knowing nothing of units or intervals: a stay is taken exactly when each of
 * its nights has room. Answers which stays are taken, and which of those stand in the end.
 */
export function countIndependently(
  stays: readonly Stay[],
  capacity: ReadonlyMap<string, number>,
): { taken: boolean[]; kept: boolean[] } {
  const guests = new Map<string, number>();
  const taken = stays.map(() => false);
  const kept = stays.map(() => false);
  for (const { what, stay: index } of eventsOf(stays)) {
    const stay = stays[index]!;
    const keys = nightsOf(stay).map((night) => `${stay.roomType} ${night}`);
    if (what === "cancel") {
      if (kept[index]) for (const key of keys) guests.set(key, guests.get(key)! - 1);
      kept[index] = false;
      continue;
    }
    const rooms = capacity.get(stay.roomType) ?? 0;
    taken[index] = keys.every((key) => (guests.get(key) ?? 0) < rooms);
    kept[index] = taken[index];
    if (taken[index]) for (const key of keys) guests.set(key, (guests.get(key) ?? 0) + 1);
  }
  return { taken, kept };
}

/** Rooms of each type: two thirds of what would be taken at once if nobody were refused, so that some are. */
export function scarceCapacity(stays: readonly Stay[]): Map<string, number> {
  const types = [...new Set(stays.map((stay) => stay.roomType))];
  return new Map(
    types.map((type) => {
      const ofType = stays.filter((stay) => stay.roomType === type);
      const guests = new Map<string, number>();
      let peak = 0;
      for (const { what, stay } of eventsOf(ofType)) {
        for (const night of nightsOf(ofType[stay]!)) {
          const now = (guests.get(night) ?? 0) + (what === "book" ? 1 : -1);
          guests.set(night, now);
          peak = Math.max(peak, now);
        }
      }
      return [type, Math.max(1, Math.floor((peak * 2) / 3))];
    }),
  );
}
