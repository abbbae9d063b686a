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

export function paymentConsumers(deps: TakeDeps) {
  /** The event's consumer, by what an event of it asks for. */
  const taken = <D extends BookingFacts>(event: EventDefinition<D>, wants: (data: D) => Wants) =>
    consume<D, PaymentTables>(event, (unit, received: readonly Received<D>[]) =>
      takeBookingEvents(
        deps,
        unit,
        received.map((each) => newsOf(each, wants(each.data))),
      ),
    );
  return [
    taken(bookingHeld, (data) => ({ asked: "authorise", by: firstPaidBy(data) })),
    taken(bookingConfirmed, () => ({ asked: "capture" })),
    taken(bookingDeclined, ({ byVendor }) => ({
      asked: "settle",
      keepMinor: 0,
      afterDecline: byVendor !== true,
    })),
    taken(bookingExpired, ({ latePayment }) =>
      latePayment ? { asked: "settle", keepMinor: 0, afterDecline: false } : { asked: "expire" },
    ),
    taken(bookingCancelled, ({ keepMinor }) => ({ asked: "settle", keepMinor, afterDecline: false })),
    taken(bookingNoShow, ({ keepMinor }) => ({ asked: "settle", keepMinor, afterDecline: false })),
    taken(bookingChangeHeld, (data) => ({
      asked: "authorise",
      by: paidBy(data),
      difference: { charge: data.charge, due: data.due },
    })),
    taken(bookingChangeDropped, ({ charge }) => ({ asked: "drop", charge })),
    taken(bookingRescheduled, ({ keepMinor, charge }) => ({
      asked: "move",
      keepMinor,
      charge: charge ?? null,
    })),
    taken(bookingCompleted, () => ({ asked: "complete" })),
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
