/** Has the account signed in from there lately? */
import type { AuthDependencies } from "../dependencies.ts";
import type { Attempt } from "./attempts.ts";

/** For how long a network counts as the owner's after a session was last used from it. */
const knownForHours = 30 * 24;

/** False for an account that does not exist, after the same look into the database. */
export async function isKnownNetwork(
  { db, clock }: Pick<AuthDependencies, "db" | "clock">,
  { kind, account, network }: Attempt,
): Promise<boolean> {
  if (network === "") return false;
  const since = clock.machineNow().subtract({ hours: knownForHours }).toString();
  const found = await db
    .selectFrom("sessions")
    .innerJoin("users", "users.id", "sessions.user_id")
    .select("sessions.id")
    .where((of) =>
      kind === "password" ? of("users.email", "=", account) : of("users.id", "=", account as `usr_${string}`),
    )
    .where("sessions.network", "=", network)
    .where("sessions.last_used_at", ">=", since)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
