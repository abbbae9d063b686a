/** What a sign-in is answered with as it is kept for a repetition, sealed: the same answer is made of it again. */
import assert from "node:assert";
import type { Answer } from "@holdfast/chassis/endpoint";
import type { AuthDependencies } from "../dependencies.ts";
import { signInSpent } from "../problems.ts";
import { refreshTokenHash } from "./refresh-token.ts";
import type { Grant } from "./tokens-view.ts";

type Instants = "issuedAt" | "authenticatedAt" | "idleExpiresAt";

/** A grant, or as much of one as there is, with its instants as texts. */
export type Kept<Granted> = {
  readonly [Name in keyof Granted]: Name extends Instants ? string : Granted[Name];
};

/** The grant as it is kept. */
export function keepGrant<Granted extends Pick<Grant, Instants>>(grant: Granted): Kept<Granted> {
  const { issuedAt, authenticatedAt, idleExpiresAt } = grant;
  return {
    ...grant,
    issuedAt: issuedAt.toString(),
    authenticatedAt: authenticatedAt.toString(),
    idleExpiresAt: idleExpiresAt.toString(),
  } as Kept<Granted>;
}

/** The grant that was kept. */
export function grantOf<Granted extends Pick<Grant, Instants>>({ body }: Answer<Kept<Granted>>): Granted {
  assert(body !== undefined, "a grant is kept whole");
  const { issuedAt, authenticatedAt, idleExpiresAt } = body as Kept<Pick<Grant, Instants>>;
  return {
    ...body,
    issuedAt: Temporal.Instant.from(issuedAt),
    authenticatedAt: Temporal.Instant.from(authenticatedAt),
    idleExpiresAt: Temporal.Instant.from(idleExpiresAt),
  } as unknown as Granted;
}

/**
 * A sign-in is answered again while nothing has come of the first answer. Once its refresh token was used, whoever is
 * given it again would end their own session with it.
 * @throws signInSpent where it was used, or its session has ended
 */
export async function requireUnspent(
  { db }: Pick<AuthDependencies, "db">,
  { refreshToken }: Pick<Grant, "refreshToken">,
): Promise<void> {
  const unspent = await db
    .selectFrom("refresh_tokens")
    .innerJoin("sessions", "sessions.id", "refresh_tokens.session_id")
    .select("sessions.id")
    .where("refresh_tokens.hash", "=", refreshTokenHash(refreshToken))
    .where("refresh_tokens.used_at", "is", null)
    .where("sessions.ended_at", "is", null)
    .executeTakeFirst();
  if (unspent === undefined) throw signInSpent();
}
