/** A guest moves a confirmed booking: the new time is taken before the old one is given up, in one transaction. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingView } from "@holdfast/contracts/api/booking";
import { onArrival } from "@holdfast/contracts/api/paying";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import { readCalendars } from "../calendar/calendars.ts";
import { takenBeside, timesByCalendar } from "../calendar/exchange-times.ts";
import { placeTimes } from "../calendar/place-times.ts";
import type { BookingRow, BookingTables } from "../database.ts";
import { bookingNotFound, slotTaken } from "../problems.ts";
import type { SagaDeps } from "../saga/drive-sagas.ts";
import { reschedule, type Move } from "../saga/move-booking.ts";
import { announceChange, SagaWrites } from "../saga/write-sagas.ts";
import type { AskedBooking } from "./asked-booking.ts";
import { bookingView } from "./booking-view.ts";
import { countRoom, termsOf, type Room } from "./find-room.ts";
import { movedAsking, type MoveTo } from "./moved-asking.ts";
import { takenAlong, timesOf } from "./new-booking.ts";
import { isPaidOnArrival, requireMethod } from "./paid-by.ts";
import { lockBooking } from "./read-bookings.ts";
import { refuseTransition } from "./refuse-transition.ts";
import { loadSurroundings } from "./surroundings.ts";
import { whyNot } from "./transitions.ts";

/** Which booking, for whom, where to, and how a dearer time would be paid. */
export interface RescheduleAsked {
  readonly bookingId: Id<"bkg">;
  readonly customerId: string;
  readonly to: MoveTo;
  readonly paymentMethod?: string | undefined;
  readonly traceparent: string;
}

/**
 * Moves the booking, priced by today's rules. Where that is dearer, both times are held until the difference is paid. A
 * move to where it is changes nothing.
 * @throws bookingNotFound, transitionNotAllowed, paymentMethodNotAllowed, and what `countRoom` refuses with
 */
export async function rescheduleBooking(
  deps: SagaDeps,
  unit: UnitOfWork<BookingTables>,
  asked: RescheduleAsked,
): Promise<BookingView> {
  const booking = await lockBooking(unit.tx, asked.bookingId);
  if (booking.customer_id !== asked.customerId) throw bookingNotFound();
  const now = deps.clock.now();
  requireMovable(booking, now);
  requireMethod(asked.paymentMethod, booking.policies);
  const asking = movedAsking(booking, asked.to, await rulesOfAlso(deps, unit.tx, booking));
  if (isWhereItIs(booking, asking)) return bookingView(booking, now);
  const around = await loadSurroundings(deps, unit.tx, [asking], {
    lock: true,
    promotionIds: booking.promotion_id === null ? [] : [booking.promotion_id],
  });
  const room = countRoom(asking, around, {
    ignoring: new Set([booking.booking_id]),
    keepsPromotion: booking.promotion_id,
  });
  const move = moveOf(booking, room, asking.people);
  await takeNewTime(unit.tx, booking, move, room);
  const changes = reschedule(
    booking,
    move,
    {
      by: asked.customerId,
      holdMinutes: termsOf(room).holdMinutes,
      paymentMethod: asked.paymentMethod ?? (isPaidOnArrival(booking) ? onArrival : undefined),
    },
    { now, machineNow: deps.clock.machineNow(), slotIsFree: true },
  );
  const writes = new SagaWrites();
  const after = writes.add(booking, changes, now);
  announceChange(unit, after, changes, { now, traceparent: asked.traceparent });
  await writes.apply(deps, unit);
  return bookingView(after, now);
}

/** @throws transitionNotAllowed */
function requireMovable(booking: BookingRow, now: Temporal.Instant): void {
  const refusal = booking.change
    ? `A move to ${booking.change.startsAt} waits for its payment until ${booking.change.expiresAt}.`
    : whyNot(booking, "reschedule", "guest", now);
  if (refusal !== undefined) throw refuseTransition(booking, "guest", refusal);
}

/** Only where something is taken along does the move depend on what it is; the rules are read again behind the lock. */
async function rulesOfAlso(deps: SagaDeps, tx: Transaction<BookingTables>, { also }: BookingRow) {
  const ids = [...new Set(also.map((part) => part.resourceId))];
  const resources =
    ids.length === 0 ? undefined : await deps.resources.load(tx, await readCalendars(tx, ids));
  return (resourceId: string) => resources?.get(resourceId)?.snapshot.rules;
}

function isWhereItIs(booking: BookingRow, { parts: [main], people }: AskedBooking): boolean {
  return (
    main.startsAt === Date.parse(booking.starts_at) &&
    main.endsAt === Date.parse(booking.ends_at) &&
    main.quantity === booking.quantity &&
    people === booking.people
  );
}

/** @throws transitionNotAllowed where the resource is charged in another currency now: there is no difference to pay */
function moveOf(booking: BookingRow, room: Room, people: number): Move {
  const { lines, total } = room.price;
  if (total.currency !== booking.currency) {
    const detail = `It was paid in ${booking.currency}, and is charged in ${total.currency} now.`;
    throw refuseTransition(booking, "guest", detail);
  }
  const [main, ...also] = room.parts;
  const times = timesOf(main);
  return {
    startsAt: times.starts_at,
    endsAt: times.ends_at,
    during: times.during,
    quantity: main.asked.quantity,
    people,
    also: also.map(takenAlong),
    lines,
    totalMinor: total.amountMinor,
  };
}

/** Takes what the move needs: instead of what the booking has, or, while a difference is to be paid, beside it. */
async function takeNewTime(
  tx: Transaction<BookingTables>,
  booking: BookingRow,
  move: Move,
  room: Room,
): Promise<void> {
  const { booking_id: bookingId, calendar_id } = booking;
  const isDearer = move.totalMinor > booking.total_minor;
  if (!isDearer) await sql`delete from allocations where booking_id = ${bookingId}`.execute(tx);
  const has = isDearer ? timesByCalendar(booking) : new Map<number, never[]>();
  const capacities = new Map(
    room.parts.map(({ calendar, resource }) => [calendar.calendar_id, resource.snapshot.rules.capacity]),
  );
  for (const [calendarId, wants] of timesByCalendar({ ...move, calendar_id })) {
    const wanted = takenBeside(has.get(calendarId) ?? [], wants);
    const capacity = capacities.get(calendarId) ?? 0;
    // Free at every moment, but what would have to be dealt anew for it has no end: that is not taken on.
    if (!(await placeTimes(tx, { bookingId, calendarId, capacity, wanted }))) throw slotTaken();
  }
}
