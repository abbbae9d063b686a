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
]);

/** The service's headers as name, value, name, value; cross-origin rules are the gateway's alone. */
export function responseHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const kept: string[] = [];
  for (const name in headers) {
    if (dropped.has(name) || name.startsWith("access-control-")) continue;
    const value = headers[name];
    if (typeof value === "string") kept.push(name, value);
    else for (const each of value ?? []) kept.push(name, each);
  }
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
    ...(options.production ? ["strict-transport-security", `max-age=${yearSeconds}; includeSubDomains`] : []),
  ];
}

/** On answers that are not pages: a browser that opens one runs nothing in it. */
export const inertContent: readonly string[] = [
  "content-security-policy",
  "default-src 'none'; frame-ancestors 'none'",
];
