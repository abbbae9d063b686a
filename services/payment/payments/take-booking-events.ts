/** Takes a batch of booking events in: decide each, write with one statement, and make the calls once that is committed. */
import assert from "node:assert";
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { BookingFacts } from "@holdfast/contracts/events/booking";
import { type CustomerStarter, needCustomers } from "../customers/need-customers.ts";
import type { PaymentTables } from "../database.ts";
import { noteSettlements } from "../ledger/settlement-news.ts";
import { applyBookingEvent } from "./apply-booking-event.ts";
import type { BalanceNews, BookingNews, Wants } from "./booking-news.ts";
import { ChargeBook } from "./charge-book.ts";
import type { Decider } from "./decider.ts";
import type { Change, Payment } from "./payment.ts";
import { followSteps, insertPayments, lockCharges, writeSteps } from "./payment-rows.ts";

type Unit = UnitOfWork<PaymentTables>;

/** What begins calls after the commit. */
export interface CallStarter {
  begin(payments: readonly Payment[]): void;
}

export interface TakeDeps {
  readonly decider: Decider;
  readonly calls: CallStarter;
  readonly customers: CustomerStarter;
}

/** The news in an event: what payment needs of it, with what it asks for. */
export function newsOf<D extends BookingFacts>(
  received: Pick<Received<D>, "data" | "version"> & Pick<Partial<Received<D>>, "traceparent">,
  wants: Wants,
): BookingNews {
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

/** Inserts charges; their steps as they are stored, without those that turn out to exist. */
async function insertSteps(unit: Unit, steps: readonly Change[]): Promise<Change[]> {
  const inserted = await insertPayments(
    unit,
    steps.map(({ payment }) => payment),
  );
  const stored = new Map(inserted.map((payment) => [payment.id, payment]));
  return steps.flatMap((step) => {
    const payment = stored.get(step.payment.id);
    return payment === undefined ? [] : [{ ...step, payment }];
  });
}

/** Further charges are inserted under the lock of the first, so nobody else can be inserting them. */
async function insertFurther(unit: Unit, steps: readonly Change[]): Promise<Change[]> {
  const inserted = await insertSteps(unit, steps);
  assert(inserted.length === steps.length, "a further charge is inserted by whoever has locked the first");
  return inserted;
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
  const book = decide(
    decider,
    new ChargeBook(present),
    news.filter(({ bookingId }) => present.has(bookingId)),
  );
  const changed = book.changed();
  const isStored = ({ before }: Change) => before !== null;
  const known = changed.filter(isStored);
  const added = await insertFurther(
    unit,
    changed.filter((step) => !isStored(step)),
  );
  await writeSteps(unit, known, decider.now(), decider.machineNow());
  await noteSettlements(unit, book, decider.now());
  await followSteps(unit, added, decider.now());
  unit.afterCommit(() => calls.begin(beginning([...known, ...added])));
  return news.filter(({ bookingId }) => !present.has(bookingId));
}

async function takeNew(
  { decider, calls }: TakeDeps,
  unit: Unit,
  news: readonly BookingNews[],
): Promise<BookingNews[]> {
  if (news.length === 0) return [];
  const steps = decide(decider, new ChargeBook(new Map()), news).changed();
  const first = await insertSteps(
    unit,
    steps.filter(({ payment }) => payment.charge === 1),
  );
  const isNew = new Set(first.map(({ payment }) => payment.bookingId));
  const further = await insertFurther(
    unit,
    steps.filter(({ payment }) => payment.charge > 1 && isNew.has(payment.bookingId)),
  );
  const inserted = [...first, ...further];
  await followSteps(unit, inserted, decider.now());
  unit.afterCommit(() => calls.begin(beginning(inserted)));
  // An event of another type was faster with the others: they are left for another round.
  return news.filter(({ bookingId }) => !isNew.has(bookingId));
}

function beginning(steps: readonly Change[]): Payment[] {
  return steps.filter(({ begins }) => begins).map(({ payment }) => payment);
}

type Authorising = BookingNews & { readonly wants: Extract<Wants, { asked: "authorise" }> };

function savesMethod(news: BookingNews): news is Authorising {
  return news.wants.asked === "authorise" && news.wants.by.saveMethod;
}

/** The news of those who want what they pay by to be kept, with their customers; locked before any of their charges is. */
async function withCustomers(
  deps: TakeDeps,
  unit: Unit,
  news: readonly BookingNews[],
): Promise<readonly BookingNews[]> {
  const saving = news.filter(savesMethod);
  if (saving.length === 0) return news;
  const userIds = saving.map(({ customerId }) => customerId);
  const standings = await needCustomers(deps, unit, userIds);
  return news.map((each) => {
    if (!savesMethod(each)) return each;
    const standing = standings.get(each.customerId) ?? "never";
    const providerCustomer = typeof standing === "object" ? standing.customerId : null;
    const by = { ...each.wants.by, saveMethod: standing !== "never", providerCustomer };
    return { ...each, wants: { ...each.wants, by } };
  });
}

/**
 * Takes news in. Of a held booking the payment is new, nearly always, so it is inserted without looking first;
 * of any other it is known.
 */
export async function takeBookingEvents(
  deps: TakeDeps,
  unit: Unit,
  received: readonly BookingNews[],
): Promise<void> {
  const news = await withCustomers(deps, unit, received);
  const isHeld = news.every(({ wants }) => wants.asked === "authorise" && wants.difference === undefined);
  if (isHeld) {
    await takeKnown(deps, unit, await takeNew(deps, unit, news));
    return;
  }
  await takeKnown(deps, unit, await takeNew(deps, unit, await takeKnown(deps, unit, news)));
}
