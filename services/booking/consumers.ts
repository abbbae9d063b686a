/** Every event the booking service consumes. */
import { consume, type Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import {
  resourcePublished,
  resourceRetired,
  vendorMemberAdded,
  vendorMemberRemoved,
  vendorRegistered,
  vendorRejected,
  vendorSuspended,
  vendorVerified,
} from "@holdfast/contracts/events/catalog";
import {
  paymentAuthorised,
  paymentCaptured,
  paymentDeclined,
  paymentVoided,
  refundSucceeded,
} from "@holdfast/contracts/events/payment";
import type { BookingTables } from "./database.ts";
import { applyPublished, applyRetired } from "./resources/apply-resource-events.ts";
import type { SagaMessage } from "./saga/advance.ts";
import { driveSagas, type SagaDeps } from "./saga/drive-sagas.ts";
import type { MessageKind } from "./saga/saga-table.ts";
import {
  applyMemberAdded,
  applyMemberRemoved,
  applyRegistered,
  applySuspended,
  applyVerified,
} from "./vendors/apply-vendor-events.ts";

type PaymentNews = Received<{ bookingId: `bkg_${string}`; keptMinor?: number; reason?: string }>;

export function consumers(deps: SagaDeps) {
  return [
    consume<PaymentNews["data"], BookingTables>(paymentAuthorised, toSagas(deps, "authorised")),
    consume<PaymentNews["data"], BookingTables>(paymentDeclined, toSagas(deps, "declined")),
    consume<PaymentNews["data"], BookingTables>(paymentCaptured, toSagas(deps, "captured")),
    consume<PaymentNews["data"], BookingTables>(paymentVoided, toSagas(deps, "voided")),
    consume<PaymentNews["data"], BookingTables>(refundSucceeded, toSagas(deps, "refunded")),
    consume(resourcePublished, applyPublished),
    consume(resourceRetired, applyRetired),
    consume(vendorRegistered, applyRegistered),
    consume(vendorMemberAdded, applyMemberAdded),
    consume(vendorMemberRemoved, applyMemberRemoved),
    consume(vendorVerified, applyVerified),
    consume(vendorRejected, applySuspended),
    consume(vendorSuspended, applySuspended),
  ];
}

/** A handler that brings payment's answers to their sagas as messages of that kind. */
function toSagas(deps: SagaDeps, kind: MessageKind) {
  return async (unit: UnitOfWork<BookingTables>, received: readonly PaymentNews[]): Promise<void> => {
    const deliveries = received.map(({ data, traceparent }) => {
      const message: SagaMessage = {
        kind,
        by: "payment",
        ...(data.keptMinor === undefined ? undefined : { keptMinor: data.keptMinor }),
        ...(data.reason === undefined ? undefined : { reason: data.reason }),
      };
      return { bookingId: data.bookingId, message, traceparent };
    });
    await driveSagas(deps, unit, deliveries);
  };
}
