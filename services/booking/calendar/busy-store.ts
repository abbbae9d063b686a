/**
 * When calendars are busy, kept in memory by the week under the calendar's version: a calendar that did not change is
 * not read again, and what is kept is never stale, for whoever asks has read the version first.
 */
import assert from "node:assert";
import { sql, type Kysely } from "kysely";
import { LRUCache } from "lru-cache";
import { rangeLiteral, type CalendarStretch } from "./calendars.ts";
import type { TakenTime } from "./check-time.ts";
import type { EpochMs } from "./opening-rules.ts";
import type { BookingTables } from "../database.ts";
import { mostTaken, neverBusy, partOf, profileOf, type BusyProfile } from "./busy-profile.ts";

const weekMs = 7 * 24 * 3600 * 1000;
/** Some 50,000 busy weeks of twenty bookings each. */
const keptBytesMax = 64 * 2 ** 20;
const profileBytes = 100;
const stepBytes = 16;
const calendarsAQuery = 250;

/** A calendar at a version, and the time one wants to know about. */
export interface WantedBusy extends CalendarStretch {
  readonly calendarVersion: number;
}

/** How many units of one calendar are taken, within the time that was asked for. */
export class BusyCalendar {
  readonly #firstWeek: number;
  readonly #weeks: readonly BusyProfile[];

  constructor(firstWeek: number, weeks: readonly BusyProfile[]) {
    this.#firstWeek = firstWeek;
    this.#weeks = weeks;
  }

  /** The most units taken at once in the time. */
  mostTaken(time: TakenTime): number {
    const first = weekOf(time.from) - this.#firstWeek;
    const last = weekOf(time.to - 1) - this.#firstWeek;
    assert(first >= 0 && last < this.#weeks.length, "a time outside what was asked for");
    let most = 0;
    for (let week = first; week <= last; week++) most = Math.max(most, mostTaken(this.#weeks[week]!, time));
    return most;
  }
}

interface KeptWeek {
  readonly version: number;
  readonly profile: BusyProfile;
}

export class BusyStore {
  readonly #kept = new LRUCache<number, KeptWeek>({
    maxSize: keptBytesMax,
    sizeCalculation: ({ profile }) => profileBytes + stepBytes * profile.at.length,
  });

  /** The calendars asked for, each once, in that order; weeks not in memory at that version or a later one are read. */
  async load(db: Kysely<BookingTables>, wanted: readonly WantedBusy[]): Promise<BusyCalendar[]> {
    const lists = wanted.map((one) => this.#known(one));
    const missing = wanted.flatMap((_, index) => (lists[index]!.includes(undefined) ? [index] : []));
    for (let begin = 0; begin < missing.length; begin += calendarsAQuery) {
      const part = missing.slice(begin, begin + calendarsAQuery);
      const stretches = part.map((index) => missingWeeks(wanted[index]!, lists[index]!));
      const taken = await readTaken(db, stretches);
      for (const [place, index] of part.entries()) {
        const { calendarVersion: version, calendarId, from } = wanted[index]!;
        const read = this.#keep(stretches[place]!, version, taken.get(calendarId) ?? []);
        const before = weekOf(stretches[place]!.from) - weekOf(from);
        lists[index] = lists[index]!.toSpliced(before, read.length, ...read);
      }
    }
    return wanted.map((one, index) => {
      return new BusyCalendar(
        weekOf(one.from),
        lists[index]!.map((profile) => profile ?? neverBusy),
      );
    });
  }

  #known({ calendarId, calendarVersion, from, to }: WantedBusy): (BusyProfile | undefined)[] {
    const weeks: (BusyProfile | undefined)[] = [];
    for (let week = weekOf(from); week <= weekOf(to - 1); week++) {
      const kept = this.#kept.get(keyOf(calendarId, week));
      weeks.push(kept && kept.version >= calendarVersion ? kept.profile : undefined);
    }
    return weeks;
  }

  /** The profiles of those whole weeks, kept unless what is known by now is newer. */
  #keep(
    { calendarId, from: begin, to: end }: CalendarStretch,
    version: number,
    taken: readonly TakenTime[],
  ): BusyProfile[] {
    const all = profileOf(taken);
    return Array.from({ length: weekOf(end) - weekOf(begin) }, (_, index) => {
      const week = weekOf(begin) + index;
      const profile = partOf(all, { from: week * weekMs, to: (week + 1) * weekMs });
      const kept = this.#kept.peek(keyOf(calendarId, week));
      if (!kept || kept.version <= version) this.#kept.set(keyOf(calendarId, week), { version, profile });
      return profile;
    });
  }
}

function weekOf(at: EpochMs): number {
  return Math.floor(at / weekMs);
}

/** Weeks since the epoch fit into 16 bits for a thousand years. */
function keyOf(calendarId: number, week: number): number {
  return calendarId * 65_536 + week;
}

/** From the first of its weeks that is not in memory to the last. */
function missingWeeks(
  { calendarId, from }: WantedBusy,
  known: readonly (BusyProfile | undefined)[],
): CalendarStretch {
  const first = weekOf(from) + known.indexOf(undefined);
  const last = weekOf(from) + known.lastIndexOf(undefined);
  return { calendarId, from: first * weekMs, to: (last + 1) * weekMs };
}

/**
 * What overlaps each stretch, by calendar: one index scan of the exclusion constraint a calendar. A calendar comes as one
 * row: a month of hours is some four hundred allocations, and reading them as rows takes four times as long as this. Its
 * times come as Postgres keeps them, for 0.31 ms of its CPU; each written as text it was 0.47.
 */
async function readTaken(
  db: Kysely<BookingTables>,
  stretches: readonly CalendarStretch[],
): Promise<Map<number, TakenTime[]>> {
  const wanted = stretches.map((one) => ({ calendar_id: one.calendarId, during: rangeLiteral(one) }));
  const { rows } = await sql<{ calendar_id: number; from: Buffer; to: Buffer }>`
    select a.calendar_id,
      string_agg(timestamptz_send(lower(a.during)), '') as "from",
      string_agg(timestamptz_send(upper(a.during)), '') as "to"
    from json_to_recordset(${JSON.stringify(wanted)}) as w (calendar_id integer, during tstzrange)
    join allocations a on a.calendar_id = w.calendar_id and a.during && w.during
    group by a.calendar_id`.execute(db);
  return new Map(rows.map((row) => [row.calendar_id, takenTimes(row)]));
}

const instantBytes = 8;

function takenTimes({ from, to }: { readonly from: Buffer; readonly to: Buffer }): TakenTime[] {
  return Array.from({ length: from.length / instantBytes }, (_, index) => ({
    from: instantIn(from, index * instantBytes),
    to: instantIn(to, index * instantBytes),
  }));
}

const postgresEpochMs = Date.UTC(2000, 0, 1);

/** An instant as Postgres sends it: microseconds since 2000, in 64 bits. */
function instantIn(bytes: Buffer, at: number): EpochMs {
  const micros = bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
  return postgresEpochMs + micros / 1000;
}
