/**
 * Cuts a calendar file into its events and time zones, each to be parsed by itself: one broken event must not make the
 * others unreadable.
 */

/** The pieces of a calendar file, each as it was written. */
export interface CalendarPieces {
  readonly events: readonly string[];
  readonly zones: readonly string[];
  /** Events that do not end before the next one begins. */
  readonly broken: number;
}

const beginsPiece = /^BEGIN:(VEVENT|VTIMEZONE)\s*$/i;
const endsPiece = /^END:(VEVENT|VTIMEZONE)\s*$/i;

/**
 * The pieces; null where the text is no calendar, or not a whole one: what a broken connection left out would otherwise
 * look as if it had been deleted.
 */
export function splitCalendar(text: string): CalendarPieces | null {
  if (!/^\uFEFF?\s*BEGIN:VCALENDAR\s*$/im.test(text) || !/^END:VCALENDAR\s*$/im.test(text)) return null;
  const pieces: Record<"VEVENT" | "VTIMEZONE", string[]> = { VEVENT: [], VTIMEZONE: [] };
  let open: string[] | undefined;
  let broken = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (beginsPiece.test(line)) {
      if (open) broken++;
      open = [];
    }
    open?.push(line);
    const ended = endsPiece.exec(line)?.[1]?.toUpperCase();
    if (!open || (ended !== "VEVENT" && ended !== "VTIMEZONE")) continue;
    pieces[ended].push(open.join("\r\n"));
    open = undefined;
  }
  return { events: pieces.VEVENT, zones: pieces.VTIMEZONE, broken: broken + (open ? 1 : 0) };
}
