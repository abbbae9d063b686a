/** How long sessions and their refresh tokens live, in machine time. */

/** A session ends this long after logging in, however often it is refreshed. */
const absoluteLifetime = Temporal.Duration.from({ hours: 30 * 24 });

/** A session ends when it is not refreshed for this long. */
const idleLifetime = Temporal.Duration.from({ hours: 14 * 24 });

/** A used refresh token presented again within this time gets the same answer: the first one may have been lost on its way. */
export const graceMs = 20_000;

/** When a session that starts now must end. */
export function absoluteExpiry(startedAt: Temporal.Instant): Temporal.Instant {
  return startedAt.add(absoluteLifetime);
}

/** When a session ends if nobody refreshes it after now; never later than its absolute end. */
export function idleExpiry(now: Temporal.Instant, expiresAt: Temporal.Instant): Temporal.Instant {
  const idle = now.add(idleLifetime);
  return Temporal.Instant.compare(idle, expiresAt) < 0 ? idle : expiresAt;
}
