/** Answers that send a browser on, and the cookie that ties a sign-in at a provider to it. */
import { answer, type Answer } from "@holdfast/chassis/endpoint";
import type { SetCookie } from "@holdfast/chassis/cookies";

/** The provider sends the browser back with a link from another site, which Lax lets it come along with. */
export const attemptCookie = {
  name: "__Secure-holdfast-google",
  path: "/v1/sessions/google/callback",
  sameSite: "Lax",
} as const;

/** Makes the browser forget the attempt. */
export const clearedAttempt: SetCookie = { ...attemptCookie, value: "", maxAgeSeconds: 0 };

/** A 303: whatever the browser came with, it goes on with a GET. */
export function redirect(location: string, cookies: readonly SetCookie[]): Answer {
  return answer(undefined, { status: 303, headers: { location, "cache-control": "no-store" }, cookies });
}
