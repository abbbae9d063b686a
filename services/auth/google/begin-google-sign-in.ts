import { createHash } from "node:crypto";
import type { Answer } from "@holdfast/chassis/endpoint";
import { randomNonce, randomPKCECodeVerifier, randomState } from "openid-client";
import type { AuthDependencies } from "../dependencies.ts";
import { redirect, attemptCookie } from "./redirect.ts";

/** A sign-in is finished within this, or begun anew. */
const attemptSeconds = 600;

/**
 * Sends the browser to Google. What the answer must match is kept here under the hash of `state`; a secret in a cookie
 * ties it to this browser, so that nobody can have somebody else finish a sign-in they began.
 * @throws googleUnavailable
 */
export async function beginGoogleSignIn(
  { db, clock, google }: Pick<AuthDependencies, "db" | "clock" | "google">,
  { returnTo }: { readonly returnTo: string },
): Promise<Answer> {
  const attempt = {
    state: randomState(),
    nonce: randomNonce(),
    codeVerifier: randomPKCECodeVerifier(),
  };
  const browserSecret = randomState();
  const url = await google.signInUrl(attempt);
  await db
    .insertInto("oauth_attempts")
    .values({
      state_hash: digest(attempt.state),
      provider: "google",
      browser_hash: digest(browserSecret),
      nonce: attempt.nonce,
      code_verifier: attempt.codeVerifier,
      return_to: returnTo,
      expires_at: clock.machineNow().add({ seconds: attemptSeconds }).toString(),
    })
    .execute();
  return redirect(url.href, [{ ...attemptCookie, value: browserSecret, maxAgeSeconds: attemptSeconds }]);
}

/** What the table knows a state, or a browser's secret, by. */
export function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
