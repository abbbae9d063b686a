/** What payment consumes, and what each event asks of it. */
import { consume, type Received } from "@holdfast/chassis/consumer";
import type { EventData, EventDefinition } from "@holdfast/contracts/define-event";
import { userErased } from "@holdfast/contracts/events/auth";
import {
  bookingCancelled,
  bookingChangeDropped,
  bookingChangeHeld,
  bookingCompleted,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  type BookingFacts,
  bookingHeld,
  bookingNoShow,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import {
  vendorMemberAdded,
  vendorMemberRemoved,
  vendorRegistered,
  vendorSuspended,
  vendorVerified,
} from "@holdfast/contracts/events/catalog";
import type { PaymentTables } from "./database.ts";
import type { PaidBy, Wants } from "./payments/booking-news.ts";
import { erasePeople } from "./personal-data/erase-person.ts";
import { newsOf, takeBookingEvents, type TakeDeps } from "./payments/take-booking-events.ts";
import { usualProvider } from "./providers/provider.ts";
import {
  applyMemberAdded,
  applyMemberRemoved,
  applyRegistered,
  applySuspended,
  applyVerified,
} from "./vendors/apply-vendor-events.ts";

/** What an event that asks for a payment says of how it is paid. */
interface SaidOfPaying {
  readonly provider?: string | undefined;
  readonly paymentMethod?: string | undefined;
  readonly capture?: "immediate" | undefined;
  readonly saveMethod?: boolean | undefined;
  readonly balance?: object | undefined;
}

function paidBy(said: SaidOfPaying): PaidBy {
  const { provider = usualProvider, paymentMethod = null, capture, saveMethod = false } = said;
  return {
    provider,
    paymentMethod,
    captureAtOnce: capture === "immediate",
    saveMethod,
    providerCustomer: null,
  };
}

/** The balance is taken by the same method, without the guest. */
function firstPaidBy(said: SaidOfPaying): PaidBy {
  return paidBy({ ...said, saveMethod: said.saveMethod === true || said.balance !== undefined });
}

/** A kind of event, with what one of it asks for. */
export interface Asking<D extends BookingFacts = BookingFacts> {
  readonly event: EventDefinition<D>;
  wants(this: void, data: D): Wants;
}

function asking<D extends BookingFacts>(event: EventDefinition<D>, wants: (data: D) => Wants): Asking {
  // Each is only ever given data of its own event.
  return { event, wants } as unknown as Asking;
}

/** Every event of booking's that payment acts on. */
export const askings: readonly Asking[] = [
  asking(bookingHeld, (data) => ({ asked: "authorise", by: firstPaidBy(data) })),
  asking(bookingConfirmed, () => ({ asked: "capture" })),
  asking(bookingDeclined, ({ byVendor }) => ({
    asked: "settle",
    keepMinor: 0,
    afterDecline: byVendor !== true,
  })),
  asking(bookingExpired, ({ latePayment }) =>
    latePayment ? { asked: "settle", keepMinor: 0, afterDecline: false } : { asked: "expire" },
  ),
  asking(bookingCancelled, ({ keepMinor }) => ({ asked: "settle", keepMinor, afterDecline: false })),
  asking(bookingNoShow, ({ keepMinor }) => ({ asked: "settle", keepMinor, afterDecline: false })),
  asking(bookingChangeHeld, (data) => ({
    asked: "authorise",
    by: paidBy(data),
    difference: { charge: data.charge, due: data.due },
  })),
  asking(bookingChangeDropped, ({ charge }) => ({ asked: "drop", charge })),
  asking(bookingRescheduled, ({ keepMinor, charge }) => ({
    asked: "move",
    keepMinor,
    charge: charge ?? null,
  })),
  asking(bookingCompleted, () => ({ asked: "complete" })),
];

export function paymentConsumers(deps: TakeDeps) {
  /** The event's consumer, by what an event of it asks for. */
  const taken = ({ event, wants }: Asking) =>
    consume<BookingFacts, PaymentTables>(event, (unit, received: readonly Received<BookingFacts>[]) =>
      takeBookingEvents(
        deps,
        unit,
        received.map((each) => newsOf(each, wants(each.data))),
      ),
    );
  return [
    ...askings.map(taken),
    consume(vendorRegistered, applyRegistered),
    consume(vendorMemberAdded, applyMemberAdded),
    consume(vendorMemberRemoved, applyMemberRemoved),
    consume(vendorVerified, applyVerified),
    consume(vendorSuspended, applySuspended),
    consume<EventData<typeof userErased>, PaymentTables>(userErased, (unit, received) =>
      erasePeople(deps, unit, received),
    ),
  ];
}
