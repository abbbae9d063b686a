/** What payment says, as messages to sagas. */
import type { Received } from "@holdfast/chassis/consumer";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { BookingTables } from "../database.ts";
import type { FailedAttempt, SagaMessage } from "./changes.ts";
import { driveSagas, type SagaDeps } from "./drive-sagas.ts";
import type { MessageKind } from "./saga-table.ts";

/** What the data of payment's events have in common. */
export interface PaymentNews {
  readonly bookingId: Id<"bkg">;
  readonly charge?: number | undefined;
  readonly keptMinor?: number | undefined;
  /** What is kept of all the booking's charges, where `keptMinor` is of one alone. */
  readonly bookingKeptMinor?: number | undefined;
  /** What was given back on top of what booking asked for, and what was to be kept and banks took for good. */
  readonly goodwillMinor?: number | undefined;
  readonly lostMinor?: number | undefined;
  readonly reason?: string | undefined;
  /** The balance has been taken, by whichever charge the news are of. */
  readonly balanceCaptured?: boolean | undefined;
}

/** What payment says of an attempt at the balance. */
export interface BalanceNews extends PaymentNews {
  readonly attempt?: number;
  readonly dueAt?: string;
  readonly nextAttemptAt?: string | undefined;
  readonly givesUpAt?: string;
}

/** What payment says of the booking itself, by kind of event. */
export type NewsKind = Extract<
  MessageKind,
  "authorised" | "declined" | "captured" | "voided" | "refunded" | "balance-failed" | "balance-lost"
>;

/** News of a further charge are of a difference; money that moved is money whichever charge it is of. */
const ofDifference: Readonly<Record<NewsKind, MessageKind>> = {
  authorised: "difference-authorised",
  declined: "difference-declined",
  voided: "difference-declined",
  captured: "captured",
  refunded: "refunded",
  "balance-failed": "balance-failed",
  "balance-lost": "balance-lost",
};

/** A handler that brings payment's answers to their sagas. */
export function toSagas(deps: SagaDeps, kind: NewsKind) {
  return async (
    unit: UnitOfWork<BookingTables>,
    received: readonly Received<BalanceNews>[],
  ): Promise<void> => {
    const deliveries = received.flatMap(({ data, traceparent }) =>
      messagesOf(kind, data).map((message) => ({ bookingId: data.bookingId, message, traceparent })),
    );
    await driveSagas(deps, unit, deliveries);
  };
}

/**
 * The messages in a piece of news. That the balance is paid, and what was given back on top, are messages for themselves,
 * and come first: what is to be kept depends on them, and whichever news are heard first have to tell.
 */
export function messagesOf(kind: NewsKind, news: BalanceNews): SagaMessage[] {
  const { charge = 1, reason, lostMinor } = news;
  const keptMinor = news.bookingKeptMinor ?? news.keptMinor;
  const of = {
    by: "payment",
    ...(keptMinor !== undefined && { keptMinor }),
    ...(lostMinor !== undefined && { lostMinor }),
  } as const;
  const attempt = attemptOf(news);
  const message: SagaMessage = {
    ...of,
    kind: charge > 1 ? ofDifference[kind] : kind,
    ...(charge > 1 && { charge }),
    ...(attempt && { attempt }),
    ...(reason !== undefined && { reason }),
  };
  const { goodwillMinor } = news;
  return [
    ...(goodwillMinor === undefined ? [] : [{ ...of, kind: "goodwill", goodwillMinor } as const]),
    ...(news.balanceCaptured === true ? [{ ...of, kind: "balance-paid" } as const] : []),
    message,
  ];
}

function attemptOf({ attempt, dueAt, nextAttemptAt, givesUpAt }: BalanceNews): FailedAttempt | undefined {
  if (attempt === undefined || dueAt === undefined || givesUpAt === undefined) return undefined;
  return { number: attempt, dueAt, nextAt: nextAttemptAt, givesUpAt };
}
