/** The first factor is passed: does the account ask for a second one? */
import type { Problem } from "@holdfast/chassis/problem";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { type Id, newId } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { AuthTables, SignInMethod } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { secondFactorRequired } from "../problems.ts";
import { challengeToken } from "./challenge-tokens.ts";

const challengeLifetime = Temporal.Duration.from({ minutes: 5 });
const challengeTries = 5;

export interface FirstFactorPassed {
  readonly user: { readonly id: Id<"usr"> };
  /** How; the session that the second factor starts remembers it. */
  readonly method: SignInMethod;
  /** Machine time. */
  readonly now: Temporal.Instant;
}

/**
 * Writes a challenge where the account has a second factor, and gives what it is called; undefined where the session may
 * start at once. The transaction must commit before the caller refuses with `refuseUntilSecondFactor`.
 */
export async function secondFactorNeeded(
  { secondFactorKeys }: Pick<AuthDependencies, "secondFactorKeys">,
  unit: UnitOfWork<AuthTables>,
  { user, method, now }: FirstFactorPassed,
): Promise<string | undefined> {
  const id = newId("chl");
  const expiresAt = now.add(challengeLifetime).toString();
  // One statement: who asks first and writes then could miss a second factor confirmed in between.
  const { numAffectedRows } = await sql`
    insert into sign_in_challenges (id, user_id, method, tries_left, expires_at)
    select ${id}, user_id, ${method}, ${challengeTries}::integer, ${expiresAt}::timestamptz
    from second_factors where user_id = ${user.id} and confirmed_at is not null`.execute(unit.tx);
  return numAffectedRows === 1n ? challengeToken(secondFactorKeys.challenges, id) : undefined;
}

/** What a sign-in answers whose challenge was begun. */
export function refuseUntilSecondFactor(challenge: string): Problem {
  return secondFactorRequired(undefined, { extra: { challenge } });
}
