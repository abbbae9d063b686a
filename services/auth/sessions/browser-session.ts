/** Sessions of browsers: the tokens are in cookies that no script reads. */
import type { SetCookie } from "@holdfast/chassis/cookies";
import { answer, type Answer } from "@holdfast/chassis/endpoint";
import type { BrowserSessionView } from "@holdfast/contracts/api/sessions";
import assert from "node:assert";
import type { AuthDependencies } from "../dependencies.ts";
import { accessTokenSeconds } from "../keys/access-tokens.ts";
import { userView } from "../users/user-view.ts";
import { grantOf, type Kept } from "./kept-grant.ts";
import { accessTokenOf, type Grant, unstored } from "./tokens-view.ts";

/** The prefixes keep other hosts, other paths and connections in the clear from setting them (RFC 6265bis, 4.1.3). */
const accessCookie = "__Host-holdfast-access";
export const refreshCookie = "__Secure-holdfast-refresh";

/** Sent to every route; a link from elsewhere opens a page as the one who is signed in. */
const access = { name: accessCookie, path: "/", sameSite: "Lax" } as const;

/** Sent to the one route that takes it, and never from another site. */
const refresh = {
  name: refreshCookie,
  path: "/v1/browser-sessions/refresh",
  sameSite: "Strict",
} as const;

/** What an answer that signs a browser in is made of. */
export interface BrowserSession {
  readonly body: BrowserSessionView;
  readonly cookies: readonly SetCookie[];
}

/** @param now machine time */
export async function browserSession(
  deps: Pick<AuthDependencies, "accessTokens">,
  grant: Grant,
  now: Temporal.Instant,
): Promise<BrowserSession> {
  assert(grant.csrfToken !== null, "a browser's session has a token against forgery");
  const idleSeconds = Math.floor(now.until(grant.idleExpiresAt).total("seconds"));
  return {
    body: {
      csrfToken: grant.csrfToken,
      expiresInSeconds: accessTokenSeconds,
      user: userView(grant.user),
    },
    cookies: [
      accessCookieOf(await accessTokenOf(deps, grant)),
      { ...refresh, value: grant.refreshToken, maxAgeSeconds: Math.max(0, idleSeconds) },
    ],
  };
}

/** The answer to a browser's sign-in; a repetition is marked as one, and sets the same cookies again. */
export async function browserAnswer(
  deps: Pick<AuthDependencies, "accessTokens" | "clock">,
  granted: Answer<Kept<Grant>>,
): Promise<Answer<BrowserSessionView>> {
  const { body, cookies } = await browserSession(deps, grantOf(granted), deps.clock.machineNow());
  return answer(body, { headers: { ...unstored.headers, ...granted.headers }, cookies });
}

/** The cookie of another access token of the same session. */
export function accessCookieOf(token: string): SetCookie {
  return { ...access, value: token, maxAgeSeconds: accessTokenSeconds };
}

/** Makes the browser forget both. */
export const clearedCookies: readonly SetCookie[] = [access, refresh].map((cookie) => ({
  ...cookie,
  value: "",
  maxAgeSeconds: 0,
}));
