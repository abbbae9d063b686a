/** When vendors are paid out: by dates in UTC, from their first minute on. */

/** Weekdays as ISO 8601 numbers them: 1 is Monday. `day` is a day of the month, or its last where it is shorter. */
export type PayoutDays =
  | { readonly interval: "daily" }
  | { readonly interval: "weekly"; readonly weekday: number }
  | { readonly interval: "monthly"; readonly day: number };

/** What is owed is held for so many days before it is sent. */
export type PayoutSchedule = PayoutDays & { readonly holdDays: number };

const daysOfWeek = 7;

/** The first of the days after a date. */
function dayAfter(days: PayoutDays, date: Temporal.PlainDate): Temporal.PlainDate {
  const next = date.add({ days: 1 });
  if (days.interval === "daily") return next;
  if (days.interval === "weekly")
    return next.add({ days: (days.weekday - next.dayOfWeek + daysOfWeek) % daysOfWeek });
  const inMonth = (month: Temporal.PlainDate) => month.with({ day: Math.min(days.day, month.daysInMonth) });
  const thisMonth = inMonth(next);
  return Temporal.PlainDate.compare(thisMonth, next) >= 0
    ? thisMonth
    : inMonth(next.with({ day: 1 }).add({ months: 1 }));
}

/** Pure: the instant from which the next payout after this one is made. */
export function nextPayoutAt(days: PayoutDays, after: Temporal.Instant): Temporal.Instant {
  const date = after.toZonedDateTimeISO("UTC").toPlainDate();
  return dayAfter(days, date).toZonedDateTime("UTC").toInstant();
}
