/** Wall-clock times of a calendar file, and the zones they are in. */
import ICAL from "ical.js";
import type { EpochMs } from "../calendar/opening-rules.ts";

/** A zone's clock. In a gap it runs on, in an overlap the earlier instant is meant. */
export interface ZoneClock {
  toInstant(wall: Temporal.PlainDateTime): EpochMs;
  toWall(at: EpochMs): Temporal.PlainDateTime;
}

/** A date, or a time on the clock of a zone, as a calendar file says it. */
export interface WallTime {
  readonly wall: Temporal.PlainDateTime;
  readonly isDate: boolean;
  readonly clock: ZoneClock;
}

/** The clock of an IANA zone. @throws RangeError where there is no such zone */
function ianaClock(zone: string): ZoneClock {
  Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
  return {
    toInstant: (wall) => wall.toZonedDateTime(zone).epochMilliseconds,
    toWall: (at) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime(),
  };
}

const utc = ianaClock("UTC");

/** The clock that a file defines by itself: Outlook's names are nobody else's. */
function definedClock(zone: ICAL.Timezone): ZoneClock {
  return {
    toInstant: (wall) => timeOf(wall, zone).toUnixTime() * 1000,
    toWall: (at) => {
      const time = new ICAL.Time({ year: 1970, month: 1, day: 1 }, ICAL.Timezone.utcTimezone);
      time.fromUnixTime(Math.floor(at / 1000));
      return plainOf(time.convertToZone(zone));
    },
  };
}

/** The zones that times of one file can be in. */
export class FileZones {
  readonly local: ZoneClock;
  readonly #defined = new Map<string, ZoneClock>();
  readonly #known = new Map<string, ZoneClock>();

  /** `local`: the zone of times that name none, or one that nobody knows. */
  constructor(local: string, definitions: readonly string[]) {
    this.local = ianaClock(local);
    for (const text of definitions) {
      const component = parsePiece(text, "vtimezone");
      const name = component?.getFirstPropertyValue("tzid");
      if (component && typeof name === "string")
        this.#defined.set(name, definedClock(new ICAL.Timezone({ component, tzid: name })));
    }
  }

  /** The clock of a TZID: IANA's where it names such a zone, also behind a prefix; else the file's own. */
  named(tzid: string): ZoneClock {
    const known = this.#known.get(tzid) ?? this.#find(tzid);
    this.#known.set(tzid, known);
    return known;
  }

  #find(tzid: string): ZoneClock {
    const parts = tzid.split("/");
    for (const name of [tzid, parts.slice(-3).join("/"), parts.slice(-2).join("/")]) {
      try {
        return ianaClock(name);
      } catch {
        // Not IANA's name.
      }
    }
    return this.#defined.get(tzid) ?? this.local;
  }
}

/** One component of the calendar, parsed by itself; null where that cannot be done. */
export function parsePiece(text: string, kind: "vevent" | "vtimezone"): ICAL.Component | null {
  try {
    const parsed = ICAL.parse(`BEGIN:VCALENDAR\r\n${text}\r\nEND:VCALENDAR`) as unknown[];
    return new ICAL.Component(parsed).getFirstSubcomponent(kind);
  } catch {
    return null;
  }
}

/** The times a property has (RDATE and EXDATE have several). @throws RangeError where one is none */
export function wallTimesOf(property: ICAL.Property, zones: FileZones): WallTime[] {
  const tzid = property.getFirstParameter("tzid");
  return (property.getValues() as unknown[]).map((value) => {
    const time = value instanceof ICAL.Period ? value.start : value;
    if (!(time instanceof ICAL.Time)) throw new RangeError("not a time");
    const wall = plainOf(time);
    if (time.isDate) return { wall, isDate: true, clock: zones.local };
    if (time.zone === ICAL.Timezone.utcTimezone) return { wall, isDate: false, clock: utc };
    return { wall, isDate: false, clock: tzid ? zones.named(tzid) : zones.local };
  });
}

/** @throws RangeError where there is no such time */
export function plainOf(time: ICAL.Time): Temporal.PlainDateTime {
  const { year, month, day, hour, minute, second } = time;
  const clock = time.isDate ? {} : { hour, minute, second };
  return Temporal.PlainDateTime.from({ year, month, day, ...clock }, { overflow: "reject" });
}

/** For the parser's own arithmetic, which needs no zone. */
export function floatingTime(wall: Temporal.PlainDateTime, isDate: boolean): ICAL.Time {
  const time = timeOf(wall, ICAL.Timezone.localTimezone);
  time.isDate = isDate;
  return time;
}

function timeOf(wall: Temporal.PlainDateTime, zone: ICAL.Timezone): ICAL.Time {
  const { year, month, day, hour, minute, second } = wall;
  return new ICAL.Time({ year, month, day, hour, minute, second, isDate: false }, zone);
}
