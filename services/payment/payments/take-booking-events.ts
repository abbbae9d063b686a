/** Takes a batch of booking events in: decide each, write with one statement, and make the calls once that is committed. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import type { PaymentTables } from "../database.ts";
import { applyBookingEvent, type BookingNews, type Wants } from "./apply-booking-event.ts";
import type { Decider } from "./decider.ts";
import { followedBy, type Payment, type Step } from "./payment.ts";
import { announceSteps, insertPayments, lockPayments, writeSteps } from "./payment-rows.ts";

type Unit = UnitOfWork<PaymentTables>;

/** What begins calls after the commit. */
export interface CallStarter {
  begin(payments: readonly Payment[]): void;
}

export interface TakeDeps {
  readonly decider: Decider;
  readonly calls: CallStarter;
}

/** The news in an event: what payment needs of it, with what it asks for. */
export function newsOf<D extends BookingFacts>(received: Received<D>, wants: Wants): BookingNews {
  const { bookingId, customerId, total } = received.data;
  return {
    bookingId,
    customerId,
    total,
    version: received.version,
    traceparent: received.traceparent ?? null,
    wants,
  };
}

/** The steps that several pieces of news lead to, one step a booking. */
function decide(
  decider: Decider,
  present: ReadonlyMap<string, Payment>,
  news: readonly BookingNews[],
): Map<string, Step> {
  const circumstances = decider.circumstances();
  const steps = new Map<string, Step>();
  for (const each of news) {
    const before = steps.get(each.bookingId);
    const step = applyBookingEvent(before?.payment ?? present.get(each.bookingId), each, circumstances);
    steps.set(each.bookingId, before === undefined ? step : followedBy(before, step));
  }
  return steps;
}

/** Inserts new payments; those that turn out to exist (an event of another type was faster) are left for another round. */
async function insertNew(unit: Unit, steps: readonly Step[]): Promise<Set<string>> {
  const payments = steps.map(({ payment }) => payment);
  if (payments.length === 0 || (await insertPayments(unit, payments)) === payments.length) return new Set();
  const stored = await lockPayments(
    unit,
    payments.map(({ bookingId }) => bookingId),
  );
  return new Set(
    payments.filter((payment) => stored.get(payment.bookingId)?.id !== payment.id).map((p) => p.bookingId),
  );
}

async function takeKnown(
  { decider, calls }: TakeDeps,
  unit: Unit,
  news: readonly BookingNews[],
): Promise<BookingNews[]> {
  if (news.length === 0) return [];
  const present = await lockPayments(
    unit,
    news.map(({ bookingId }) => bookingId),
  );
  const known = news.filter(({ bookingId }) => present.has(bookingId));
  const steps = [...decide(decider, present, known).values()];
  const changed = steps.filter(({ payment }) => payment !== present.get(payment.bookingId));
  await writeSteps(unit, changed, decider.now(), decider.machineNow());
  unit.afterCommit(() => calls.begin(beginning(changed)));
  return news.filter(({ bookingId }) => !present.has(bookingId));
}

async function takeNew(
  { decider, calls }: TakeDeps,
  unit: Unit,
  news: readonly BookingNews[],
): Promise<BookingNews[]> {
  if (news.length === 0) return [];
  const steps = decide(decider, new Map(), news);
  const clashing = await insertNew(unit, [...steps.values()]);
  const inserted = [...steps.values()].filter(({ payment }) => !clashing.has(payment.bookingId));
  announceSteps(unit, inserted, decider.now());
  unit.afterCommit(() => calls.begin(beginning(inserted)));
  return news.filter(({ bookingId }) => clashing.has(bookingId));
}

function beginning(steps: readonly Step[]): Payment[] {
  return steps.filter(({ begins }) => begins).map(({ payment }) => payment);
}

/**
 * Takes news in. Of a held booking the payment is new, nearly always, so it is inserted without looking first;
 * of any other it is known.
 */
export async function takeBookingEvents(
  deps: TakeDeps,
  unit: Unit,
  news: readonly BookingNews[],
): Promise<void> {
  const isHeld = news.every(({ wants }) => wants.asked === "authorise");
  if (isHeld) {
    await takeKnown(deps, unit, await takeNew(deps, unit, news));
    return;
  }
  await takeKnown(deps, unit, await takeNew(deps, unit, await takeKnown(deps, unit, news)));
}
