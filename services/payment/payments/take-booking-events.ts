/** Takes a batch of booking events in: decide each, write with one statement, and make the calls once that is committed. */
import assert from "node:assert";
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import type { PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { applyBookingEvent } from "./apply-booking-event.ts";
import type { BalanceNews, BookingNews, Wants } from "./booking-news.ts";
import { ChargeBook } from "./charge-book.ts";
import type { Decider } from "./decider.ts";
import type { Change, Payment, Step } from "./payment.ts";
import { followSteps, insertPayments, lockCharges, writeSteps } from "./payment-rows.ts";

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
  const { bookingId, customerId, vendorId, total, taxMinor } = received.data;
  return {
    bookingId,
    customerId,
    vendorId,
    total,
    taxMinor: Math.min(taxMinor ?? 0, total.amountMinor),
    balance: balanceOf(received.data),
    version: received.version,
    traceparent: received.traceparent ?? null,
    wants,
  };
}

function balanceOf({ balance, startsAt, also = [] }: BookingFacts): BalanceNews | null {
  if (balance === undefined) return null;
  const { charge, amount, dueAt, givesUpAt } = balance;
  const startMs = Math.min(...[startsAt, ...also.map((part) => part.startsAt)].map((at) => Date.parse(at)));
  const terms = { dueAt, givesUpAt, startsAt: Temporal.Instant.fromEpochMilliseconds(startMs).toString() };
  return { charge, amountMinor: amount.amountMinor, terms };
}

/** Decides each piece of news after those before it. */
function decide(decider: Decider, book: ChargeBook, news: readonly BookingNews[]): ChargeBook {
  const circumstances = decider.circumstances();
  for (const each of news) {
    for (const step of applyBookingEvent(book.of(each.bookingId), each, circumstances)) book.take(step);
  }
  return book;
}

/** Inserts first charges; those that turn out to exist (an event of another type was faster) are left for another round. */
async function insertFirst(unit: Unit, steps: readonly Step[]): Promise<Set<string>> {
  const payments = steps.map(({ payment }) => payment);
  if (payments.length === 0 || (await insertPayments(unit, payments)) === payments.length) return new Set();
  const stored = await lockCharges(
    unit,
    payments.map(({ bookingId }) => bookingId),
  );
  return new Set(
    payments
      .filter((payment) => stored.get(payment.bookingId)?.[0]?.id !== payment.id)
      .map(({ bookingId }) => bookingId),
  );
}

/** Further charges are inserted under the lock of the first, so nobody else can be inserting them. */
async function insertFurther(unit: Unit, steps: readonly Step[]): Promise<void> {
  const inserted = await insertPayments(
    unit,
    steps.map(({ payment }) => payment),
  );
  assert(inserted === steps.length, "a further charge is inserted by whoever has locked the first");
}

async function takeKnown(
  { decider, calls }: TakeDeps,
  unit: Unit,
  news: readonly BookingNews[],
): Promise<BookingNews[]> {
  if (news.length === 0) return [];
  const present = await lockCharges(
    unit,
    news.map(({ bookingId }) => bookingId),
  );
  const known = news.filter(({ bookingId }) => present.has(bookingId));
  const book = decide(decider, new ChargeBook(present), known);
  const changed = book.changed();
  const isStored = ({ before }: Change) => before !== null;
  const added = changed.filter((step) => !isStored(step));
  await insertFurther(unit, added);
  await writeSteps(unit, changed.filter(isStored), decider.now(), decider.machineNow());
  await noteSettlements(unit, book, decider.now());
  await followSteps(unit, added, decider.now());
  unit.afterCommit(() => calls.begin(beginning(changed)));
  return news.filter(({ bookingId }) => !present.has(bookingId));
}

async function takeNew(
  { decider, calls }: TakeDeps,
  unit: Unit,
  news: readonly BookingNews[],
): Promise<BookingNews[]> {
  if (news.length === 0) return [];
  const steps = decide(decider, new ChargeBook(new Map()), news).changed();
  const clashing = await insertFirst(
    unit,
    steps.filter(({ payment }) => payment.charge === 1),
  );
  const inserted = steps.filter(({ payment }) => !clashing.has(payment.bookingId));
  await insertFurther(
    unit,
    inserted.filter(({ payment }) => payment.charge > 1),
  );
  await followSteps(unit, inserted, decider.now());
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
  const isHeld = news.every(({ wants }) => wants.asked === "authorise" && wants.difference === undefined);
  if (isHeld) {
    await takeKnown(deps, unit, await takeNew(deps, unit, news));
    return;
  }
  await takeKnown(deps, unit, await takeNew(deps, unit, await takeKnown(deps, unit, news)));
}
