/** Where a call's access token comes from, and that a page elsewhere did not make a browser send it along. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { csrfTokenWrong, malformedRequest } from "@holdfast/chassis/problems";
import { endGoogleSignIn } from "@holdfast/contracts/api/google";
import { refreshBrowserSession } from "@holdfast/contracts/api/sessions";

/** The cookie that holds a browser's access token; its prefix keeps it from being set by another host or path. */
export const accessCookie = "__Host-holdfast-access";

/** An Authorization header, and whether it stood in a cookie. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly inCookie: boolean;
}

const none: Credentials = { authorization: undefined, inCookie: false };

/** The only routes whose service is sent the client's cookies, and what a browser proves with them. */
const cookieRoutes = new Set([
  `POST ${refreshBrowserSession.path}`,
  `${endGoogleSignIn.method.toUpperCase()} ${endGoogleSignIn.path}`,
]);

/** Does the service itself read the cookies of this route? */
export function passesCookies(route: { readonly method: string; readonly path: string }): boolean {
  return cookieRoutes.has(`${route.method} ${route.path}`);
}

/** The value of that cookie. @throws malformedRequest where it is there twice: two readers could take either */
function cookieValue(header: string, name: string): string | undefined {
  let found: string | undefined;
  for (const part of header.split(";")) {
    const at = part.indexOf("=");
    if (at === -1 || part.slice(0, at).trim() !== name) continue;
    if (found !== undefined) throw malformedRequest(`The cookie ${name} is there twice.`);
    found = part.slice(at + 1).trim();
  }
  return found;
}

/** The call's credentials; an Authorization header wins over a cookie. @throws malformedRequest */
export function readCredentials(headers: IncomingHttpHeaders): Credentials {
  const { authorization, cookie } = headers;
  if (authorization !== undefined) return { authorization, inCookie: false };
  if (cookie === undefined || !cookie.includes(accessCookie)) return none;
  const token = cookieValue(cookie, accessCookie);
  return token === undefined ? none : { authorization: `Bearer ${token}`, inCookie: true };
}

/** Does the method, by HTTP's own word, change nothing? */
export function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * Was the call sent by a page of this origin, or by no page at all? Browsers say so in Sec-Fetch-Site, which no script
 * can set; other clients do not send it.
 */
export function isFromHere(headers: IncomingHttpHeaders): boolean {
  const site = headers["sec-fetch-site"];
  return site === undefined || site === "same-origin" || site === "none";
}

function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Did the page that sent the cookie also know the token that only pages of this origin are told? */
export function provesOrigin(headers: IncomingHttpHeaders, csrfToken: string | undefined): boolean {
  const sent = headers["x-csrf-token"];
  if (csrfToken === undefined || csrfToken === "" || typeof sent !== "string") return false;
  return isFromHere(headers) && isSame(sent, csrfToken);
}

/** The refusal of a change that a page elsewhere may have made a browser send. */
export const refuseForgery = () =>
  csrfTokenWrong("Send the session's csrfToken as X-CSRF-Token, from a page of this origin.");
