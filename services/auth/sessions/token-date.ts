const secondMs = 1_000;

/**
 * When an access token issued then says it was, whose account's tokens hold from `tokensFrom`, machine time. A token
 * tells whole seconds, and one of the very second of the change is taken for an earlier one: so it is dated at most one
 * second on.
 */
export function tokenDate(issuedAt: Temporal.Instant, tokensFrom: string | null): Temporal.Instant {
  if (tokensFrom === null) return issuedAt;
  const refusedUntilMs = Temporal.Instant.from(tokensFrom).epochMilliseconds;
  const earliestMs = (Math.floor(refusedUntilMs / secondMs) + 1) * secondMs;
  return issuedAt.epochMilliseconds >= earliestMs
    ? issuedAt
    : Temporal.Instant.fromEpochMilliseconds(earliestMs);
}
