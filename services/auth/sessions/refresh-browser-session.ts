import { cookieOf } from "@holdfast/chassis/cookies";
import type { Call } from "@holdfast/chassis/endpoint";
import type { refreshBrowserSession as endpoint } from "@holdfast/contracts/api/sessions";
import type { AuthDependencies } from "../dependencies.ts";
import { csrfTokenWrong } from "@holdfast/chassis/problems";
import { refreshTokenInvalid } from "../problems.ts";
import { type BrowserSession, browserSession, refreshCookie } from "./browser-session.ts";
import { readClient } from "./client.ts";
import { refreshSession, type RequestOrigin } from "./refresh-session.ts";

/**
 * New cookies for the refresh cookie, for a page that knows the session's token against forgery, which comes in a header
 * that no other site can make a browser send; or for one of our own origin, by the browser's own word (`Sec-Fetch-Site`,
 * which no script can write): a page that has just been opened knows no token yet, and learns it here.
 * @throws refreshTokenInvalid, csrfTokenWrong
 */
export async function refreshBrowserSession(
  deps: Pick<AuthDependencies, "transact" | "clock" | "successorSecret" | "accessTokens">,
  { headers, requestId, traceparent }: Pick<Call<typeof endpoint>, "headers" | "requestId" | "traceparent">,
): Promise<BrowserSession> {
  const refreshToken = cookieOf(headers("cookie"), refreshCookie);
  if (refreshToken === undefined) throw refreshTokenInvalid();
  const origin = originOf(headers);
  const client = readClient(headers);
  const grant = await refreshSession(deps, { refreshToken, origin, client, requestId, traceparent });
  return browserSession(deps, grant, deps.clock.machineNow());
}

/** @throws csrfTokenWrong where neither is there */
function originOf(headers: Call["headers"]): RequestOrigin {
  const csrfToken = headers("x-csrf-token");
  if (csrfToken !== undefined) return { csrfToken };
  if (headers("sec-fetch-site") === "same-origin") return "same-origin";
  throw csrfTokenWrong();
}
