/** A change of a booking, as an event tells of it. */
import type { Id } from "@holdfast/contracts/ids";

export interface Change {
  /** Id of the event. */
  readonly id: Id<"evt">;
  /** Its type: `booking.confirmed.v1`. */
  readonly type: string;
  readonly bookingId: Id<"bkg">;
  readonly customerId: Id<"usr">;
  /** The booking's version after it. */
  readonly version: number;
}

/** In the order in which they happened to one booking; several of one version were written together. */
function byVersion(one: Change, other: Change): number {
  return one.version - other.version || (one.id < other.id ? -1 : 1);
}

/** Each booking's changes in the order in which they happened; bookings stay among each other as they are. */
export function inOrder(changes: readonly Change[]): Change[] {
  const byBooking = Map.groupBy(changes, (change) => change.bookingId);
  const next = new Map([...byBooking].map(([id, own]) => [id, own.toSorted(byVersion).values()]));
  return changes.flatMap(({ bookingId }) => next.get(bookingId)?.next().value ?? []);
}

/** An event on the bus, of which most are watched by nobody: nothing is parsed before that is known. */
export interface HeardEvent {
  readonly bookingId: Id<"bkg">;
  readonly customerId: Id<"usr">;
  /** @throws SyntaxError where it is no event of ours */
  read(): Change;
}

/** The value of a member whose name is there once, from the text of an event; values of these have no escapes. */
function memberOf(text: string, name: string): string | undefined {
  const at = text.indexOf(`"${name}":"`);
  if (at < 0) return undefined;
  const from = at + name.length + 4;
  return text.slice(from, text.indexOf('"', from));
}

/** What the text of an event is about; undefined where it is not about a booking. */
export function hear(text: string): HeardEvent | undefined {
  const bookingId = memberOf(text, "subject");
  const customerId = memberOf(text, "customerId");
  if (bookingId?.startsWith("bkg_") !== true || customerId === undefined) return undefined;
  const about = { bookingId: bookingId as Id<"bkg">, customerId: customerId as Id<"usr"> };
  return {
    ...about,
    read() {
      const { id, type, aggregateversion } = JSON.parse(text) as Record<string, unknown>;
      return { ...about, id: id as Id<"evt">, type: String(type), version: Number(aggregateversion) };
    },
  };
}
