/** One event of a calendar file: what of it matters to somebody who only wants to know when it is busy. */
import ICAL from "ical.js";
import { FileZones, parsePiece, wallTimesOf, type WallTime } from "./wall-times.ts";

const dayMs = 86_400_000;

export interface CalendarEvent {
  readonly uid: string | null;
  readonly sequence: number;
  /** Which occurrence of the series with its UID it stands for. */
  readonly replaces: WallTime | null;
  /** Does it take time? Not one that is cancelled, or marked as free. */
  readonly busy: boolean;
  readonly start: WallTime;
  /** Whole days for one that is all day, else elapsed milliseconds. */
  readonly length: number;
  readonly rules: readonly ICAL.Recur[];
  readonly more: readonly WallTime[];
  readonly except: readonly WallTime[];
}

/** The event; null where it is broken. */
export function readEvent(text: string, zones: FileZones): CalendarEvent | null {
  const component = parsePiece(text, "vevent");
  if (!component) return null;
  try {
    return eventOf(component, zones);
  } catch {
    // Whatever the parser or the calendar's arithmetic stumbled over: the event cannot be understood.
    return null;
  }
}

function eventOf(component: ICAL.Component, zones: FileZones): CalendarEvent | null {
  const timesOf = (name: string) =>
    component.getAllProperties(name).flatMap((property) => wallTimesOf(property, zones));
  const [start] = timesOf("dtstart");
  if (!start) return null;
  const length = lengthOf(component, start, timesOf("dtend")[0]);
  const rules = component.getAllProperties("rrule").map((property) => property.getFirstValue());
  const areRules = rules.every((rule): rule is ICAL.Recur => rule instanceof ICAL.Recur);
  if (length === null || length < 0 || !areRules) return null;
  if (rules.some((rule) => rule.freq === "SECONDLY" || rule.freq === "MINUTELY")) return null;
  const uid = component.getFirstPropertyValue("uid");
  const sequence = Number(component.getFirstPropertyValue("sequence") ?? 0);
  return {
    uid: typeof uid === "string" && uid !== "" ? uid : null,
    sequence: Number.isFinite(sequence) ? sequence : 0,
    replaces: timesOf("recurrence-id")[0] ?? null,
    busy: textOf(component, "status") !== "CANCELLED" && textOf(component, "transp") !== "TRANSPARENT",
    start,
    length,
    rules,
    more: timesOf("rdate"),
    except: timesOf("exdate"),
  };
}

function textOf(component: ICAL.Component, name: string): string | undefined {
  const value: unknown = component.getFirstPropertyValue(name);
  return typeof value === "string" ? value.trim().toUpperCase() : undefined;
}

/** Null where start and end are of two kinds. A date without an end is that day (RFC 5545, section 3.6.1). */
function lengthOf(component: ICAL.Component, start: WallTime, end: WallTime | undefined): number | null {
  if (end) {
    if (end.isDate !== start.isDate) return null;
    if (!start.isDate) return end.clock.toInstant(end.wall) - start.clock.toInstant(start.wall);
    return Math.max(1, start.wall.until(end.wall, { largestUnit: "days" }).days);
  }
  const duration: unknown = component.getFirstPropertyValue("duration");
  const ms = duration instanceof ICAL.Duration ? duration.toSeconds() * 1000 : null;
  if (start.isDate) return ms === null ? 1 : Math.max(1, Math.round(ms / dayMs));
  return ms ?? 0;
}
