/** Every event the booking service consumes. */
import { consume } from "@holdfast/chassis/consumer";
import { userErased } from "@holdfast/contracts/events/auth";
import {
  promotionEnded,
  promotionPublished,
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
  paymentBalanceFailed,
  paymentBalanceLost,
  paymentCaptured,
  paymentDeclined,
  paymentDisputeClosed,
  paymentVoided,
  refundSucceeded,
} from "@holdfast/contracts/events/payment";
import type { BookingTables } from "./database.ts";
import { erasePeople } from "./personal-data/erase-person.ts";
import { applyPromotionEnded, applyPromotionPublished } from "./promotions/apply-promotion-events.ts";
import { applyRetired, publishAndOffer } from "./resources/apply-resource-events.ts";
import type { SagaDeps } from "./saga/drive-sagas.ts";
import { toSagas, type BalanceNews, type PaymentNews } from "./saga/payment-news.ts";
import {
  applyMemberAdded,
  applyMemberRemoved,
  applyRegistered,
  applySuspended,
  applyVerified,
} from "./vendors/apply-vendor-events.ts";

export function consumers(deps: SagaDeps) {
  return [
    consume<PaymentNews, BookingTables>(paymentAuthorised, toSagas(deps, "authorised")),
    consume<PaymentNews, BookingTables>(paymentDeclined, toSagas(deps, "declined")),
    consume<PaymentNews, BookingTables>(paymentCaptured, toSagas(deps, "captured")),
    consume<PaymentNews, BookingTables>(paymentVoided, toSagas(deps, "voided")),
    consume<PaymentNews, BookingTables>(refundSucceeded, toSagas(deps, "refunded")),
    consume<PaymentNews, BookingTables>(paymentDisputeClosed, toSagas(deps, "refunded")),
    consume<BalanceNews, BookingTables>(paymentBalanceFailed, toSagas(deps, "balance-failed")),
    consume<BalanceNews, BookingTables>(paymentBalanceLost, toSagas(deps, "balance-lost")),
    consume(resourcePublished, publishAndOffer(deps)),
    consume(resourceRetired, applyRetired),
    consume(promotionPublished, applyPromotionPublished),
    consume(promotionEnded, applyPromotionEnded),
    consume(vendorRegistered, applyRegistered),
    consume(vendorMemberAdded, applyMemberAdded),
    consume(vendorMemberRemoved, applyMemberRemoved),
    consume(vendorVerified, applyVerified(deps)),
    consume(vendorRejected, applySuspended),
    consume(vendorSuspended, applySuspended),
    consume(userErased, erasePeople(deps)),
  ];
}
