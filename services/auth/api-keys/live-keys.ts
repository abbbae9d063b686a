/** Which keys work: neither revoked nor past their end. */
import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool } from "kysely";
import type { AuthTables } from "../database.ts";

/** A condition on `api_keys`; machine time. */
export function isLive(now: Temporal.Instant) {
  return (
    eb: ExpressionBuilder<AuthTables, "api_keys">,
  ): ExpressionWrapper<AuthTables, "api_keys", SqlBool> =>
    eb.and([
      eb("api_keys.revoked_at", "is", null),
      eb.or([eb("api_keys.expires_at", "is", null), eb("api_keys.expires_at", ">", now.toString())]),
    ]);
}
