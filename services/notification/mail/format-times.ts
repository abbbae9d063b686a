/** Times of a booking as the guest meets them: on the wall clock where the resource is, with the zone's name. */

const locale = "en-GB";
const formats = new Map<string, Intl.DateTimeFormat>();
/** More than there are zones. */
const formatsMax = 700;

function newFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, {
    timeZone,
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "long",
  });
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  if (formats.size >= formatsMax) formats.clear();
  const made = newFormat(zone);
  formats.set(zone, made);
  return made;
}

interface WallTime {
  readonly day: string;
  readonly time: string;
  /** `Western European Standard Time`: which of a zone's names holds depends on the season. */
  readonly zoneName: string;
}

function wallTimeOf(format: Intl.DateTimeFormat, instant: string): WallTime {
  const parts = format.formatToParts(Temporal.Instant.from(instant).epochMilliseconds);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? "";
  return {
    day: `${part("weekday")} ${part("day")} ${part("month")} ${part("year")}`,
    time: `${part("hour")}:${part("minute")}`,
    zoneName: part("timeZoneName"),
  };
}

/** A booking's time: two instants and the resource's IANA zone. */
export interface Span {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly zone: string;
}

/**
 * `Tuesday 1 December 2026, 15:00–16:00 (Greenwich Mean Time, Europe/Lisbon)`; both days where it goes on to another,
 * and both names of the zone where its clocks change in between. A zone this machine does not know is told in UTC.
 */
export function formatSpan({ startsAt, endsAt, zone }: Span): string {
  const { shown, format } = shownIn(zone);
  const start = wallTimeOf(format, startsAt);
  const end = wallTimeOf(format, endsAt);
  if (start.zoneName !== end.zoneName) {
    return `${start.day}, ${start.time} ${start.zoneName} – ${end.day}, ${end.time} ${end.zoneName} (${shown})`;
  }
  const zoneText = start.zoneName === shown ? shown : `${start.zoneName}, ${shown}`;
  return start.day === end.day
    ? `${start.day}, ${start.time}–${end.time} (${zoneText})`
    : `${start.day}, ${start.time} – ${end.day}, ${end.time} (${zoneText})`;
}

/** `Tuesday 1 December 2026, 15:00 (Greenwich Mean Time, Europe/Lisbon)`. */
export function formatMoment(instant: string, zone: string): string {
  const { shown, format } = shownIn(zone);
  const { day, time, zoneName } = wallTimeOf(format, instant);
  return `${day}, ${time} (${zoneName === shown ? shown : `${zoneName}, ${shown}`})`;
}

/** The zone's format, or UTC's where this machine does not know the zone. */
function shownIn(zone: string): { readonly shown: string; readonly format: Intl.DateTimeFormat } {
  try {
    return { shown: zone, format: formatOf(zone) };
  } catch {
    return { shown: "UTC", format: formatOf("UTC") };
  }
}
