/** Streams of what becomes of bookings. Changes are taken first and the past read then: nothing falls in between. */
import type { EventSource, ServerEvent } from "@holdfast/chassis/endpoint";
import type { Caller } from "@holdfast/chassis/tokens";
import { id as idOf, type Id } from "@holdfast/contracts/ids";
import { bookingView } from "../bookings/booking-view.ts";
import { visibleBooking } from "../bookings/read-bookings.ts";
import type { Hearing } from "./hear-changes.ts";
import { lastEventOf, missedSince, type Of } from "./past-changes.ts";
import type { Opening } from "./watch.ts";
import type { WatchDeps, Watches } from "./watches.ts";

export interface StreamDeps extends WatchDeps {
  readonly watches: Watches;
  readonly hearing: Pick<Hearing, "start">;
}

/** Who asks, and the last event they were told of, as they say. */
export interface Asked {
  readonly caller: Caller;
  readonly lastEventId: string | undefined;
}

const eventId = idOf("evt");

/** The booking as it stands and then each change, or what was missed. @throws bookingNotFound, tooManyStreams */
export async function streamBooking(
  deps: StreamDeps,
  bookingId: Id<"bkg">,
  { caller, lastEventId }: Asked,
): Promise<EventSource> {
  await visibleBooking(deps.db, bookingId, caller);
  return watch(deps, caller, { bookingId }, async () => {
    const missed = await openMissed(deps, lastEventId, { bookingId });
    return missed ?? openAsItStands(deps, bookingId, caller);
  });
}

/** Each change of a booking of the caller's, beginning with what was missed. @throws tooManyStreams */
export function streamMine(deps: StreamDeps, { caller, lastEventId }: Asked): EventSource {
  const of = { customerId: caller.userId as Id<"usr"> };
  return watch(deps, caller, of, async () => {
    const missed = await openMissed(deps, lastEventId, of);
    if (missed !== null) return missed;
    // Who was told of something before must know that this is not what follows it.
    const events = lastEventId === undefined ? [] : [{ event: "restarted", data: "{}" }];
    return { events, floors: new Map(), last: undefined };
  });
}

function watch(deps: StreamDeps, caller: Caller, of: Of, open: () => Promise<Opening>): EventSource {
  deps.hearing.start();
  const opened = deps.watches.open(caller, of);
  return (control) => opened.events(control, open);
}

async function openMissed(
  { db, watches }: StreamDeps,
  lastEventId: string | undefined,
  of: Of,
): Promise<Opening | null> {
  const last = eventId.safeParse(lastEventId);
  if (!last.success) return null;
  const missed = await missedSince(db, last.data, of);
  if (missed === null) return null;
  const views = await watches.readViews(missed.changes);
  const events = missed.changes.flatMap((change): ServerEvent[] => {
    const data = views.get(change.bookingId);
    return data === undefined ? [] : [{ id: change.id, event: change.type, data }];
  });
  return { events, floors: missed.floors, last: missed.changes.at(-1) ?? missed.last };
}

async function openAsItStands(
  { db, clock }: StreamDeps,
  bookingId: Id<"bkg">,
  caller: Caller,
): Promise<Opening> {
  const row = await visibleBooking(db, bookingId, caller);
  const id = await lastEventOf(db, bookingId, row.version);
  const data = JSON.stringify(bookingView(row, clock.now()));
  return {
    events: [{ ...(id !== undefined && { id }), event: "booking", data }],
    floors: new Map([[bookingId, row.version]]),
    last: id === undefined ? undefined : { id, version: row.version },
  };
}
