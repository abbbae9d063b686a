/** What goes back to the client of a service's headers, and what every answer of the gateway carries. */

const dropped = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-powered-by",
  "x-request-id",
  "date",
  "x-content-type-options",
  "referrer-policy",
  "x-frame-options",
  "strict-transport-security",
  "content-security-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
]);

/**
 * The service's headers as name, value, name, value; cross-origin rules and what keeps an answer inert are the gateway's
 * alone, cookies are `cookies`' alone to set. What nobody said may be kept is kept by no cache.
 */
export function responseHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  { cookies }: { readonly cookies: boolean },
): string[] {
  const kept: string[] = [];
  for (const name in headers) {
    if (dropped.has(name) || name.startsWith("access-control-")) continue;
    if (name === "set-cookie" && !cookies) continue;
    const value = headers[name];
    if (typeof value === "string") kept.push(name, value);
    else for (const each of value ?? []) kept.push(name, each);
  }
  if (headers["cache-control"] === undefined) kept.push("cache-control", "no-store");
  return kept;
}

const yearSeconds = 31_536_000;

/** On every answer: nothing of the API is to be sniffed, framed or run. */
export function securityHeaders(options: { readonly production: boolean }): readonly string[] {
  return [
    "x-content-type-options",
    "nosniff",
    "referrer-policy",
    "no-referrer",
    "x-frame-options",
    "DENY",
    "cross-origin-resource-policy",
    "same-origin",
    "permissions-policy",
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ...(options.production ? ["strict-transport-security", `max-age=${yearSeconds}; includeSubDomains`] : []),
  ];
}

/** On answers that are not pages: a browser that opens one runs nothing in it. */
export const inertContent: readonly string[] = [
  "content-security-policy",
  "default-src 'none'; frame-ancestors 'none'",
];

/** On a service's pages: styles that stand in them are applied, and still nothing runs, is fetched, or is sent. */
const styledContent: readonly string[] = [
  "content-security-policy",
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
];

/** The policy for what a route answers with a content type. */
export function contentPolicy(
  { page }: { readonly page?: boolean },
  contentType: string | readonly string[] | undefined,
): readonly string[] {
  const isPage = page === true && typeof contentType === "string" && contentType.startsWith("text/html");
  return isPage ? styledContent : inertContent;
}
