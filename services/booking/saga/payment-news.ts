/** What payment says, as messages to sagas. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { BookingTables } from "../database.ts";
import type { SagaMessage } from "./changes.ts";
import { driveSagas, type SagaDeps } from "./drive-sagas.ts";
import type { MessageKind } from "./saga-table.ts";

/** What the data of payment's events have in common. */
export interface PaymentNews {
  readonly bookingId: Id<"bkg">;
  readonly charge?: number | undefined;
  readonly keptMinor?: number | undefined;
  /** What is kept of all the booking's charges, where `keptMinor` is of one alone. */
  readonly bookingKeptMinor?: number | undefined;
  readonly reason?: string | undefined;
}

/** What payment says of the booking itself, by kind of event. */
export type NewsKind = Extract<MessageKind, "authorised" | "declined" | "captured" | "voided" | "refunded">;

/** News of a further charge are of a difference; money that moved is money whichever charge it is of. */
const ofDifference: Readonly<Record<NewsKind, MessageKind>> = {
  authorised: "difference-authorised",
  declined: "difference-declined",
  voided: "difference-declined",
  captured: "captured",
  refunded: "refunded",
};

/** A handler that brings payment's answers to their sagas. */
export function toSagas(deps: SagaDeps, kind: NewsKind) {
  return async (
    unit: UnitOfWork<BookingTables>,
    received: readonly Received<PaymentNews>[],
  ): Promise<void> => {
    const deliveries = received.map(({ data, traceparent }) => ({
      bookingId: data.bookingId,
      message: messageOf(kind, data),
      traceparent,
    }));
    await driveSagas(deps, unit, deliveries);
  };
}

function messageOf(kind: NewsKind, news: PaymentNews): SagaMessage {
  const { charge = 1, reason } = news;
  const keptMinor = news.bookingKeptMinor ?? news.keptMinor;
  return {
    kind: charge > 1 ? ofDifference[kind] : kind,
    by: "payment",
    ...(charge > 1 && { charge }),
    ...(keptMinor !== undefined && { keptMinor }),
    ...(reason !== undefined && { reason }),
  };
}
