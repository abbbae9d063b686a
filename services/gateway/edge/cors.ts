/** Cross-origin calls of browsers: only from the configured origins, and never with cookies. */

/** What a page may read of an answer, beyond what browsers always show. */
const exposedHeaders = [
  "etag",
  "idempotency-replayed",
  "link",
  "location",
  "preference-applied",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "x-request-id",
].join(", ");

/**
 * What a page may send. No X-CSRF-Token: browsers send cookies to this origin's own pages alone, which need no leave,
 * and credentials are allowed to no other.
 */
const allowedHeaders = [
  "authorization",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "last-event-id",
  "prefer",
  "traceparent",
  "x-request-id",
].join(", ");

const preflightAgeSeconds = 600;

export interface Cors {
  /** Headers of the answer to a call from that origin, as name, value, name, value. */
  answerHeaders(origin: string | undefined): readonly string[];
  /** Headers of the answer to a preflight request. */
  preflightHeaders(origin: string | undefined, allow: string): readonly string[];
}

/** CORS for exactly these origins. */
export function createCors(origins: readonly string[]): Cors {
  const none: readonly string[] = [];
  // The answer depends on the origin as soon as one is allowed: caches must know, also on answers to others.
  const vary: readonly string[] = origins.length === 0 ? none : ["vary", "origin"];
  const byOrigin = new Map(
    origins.map((origin) => [
      origin,
      [...vary, "access-control-allow-origin", origin, "access-control-expose-headers", exposedHeaders],
    ]),
  );
  return {
    answerHeaders: (origin) => (origin === undefined ? vary : (byOrigin.get(origin) ?? vary)),
    preflightHeaders: (origin, allow) =>
      origin === undefined || !byOrigin.has(origin)
        ? vary
        : [
            ...vary,
            "access-control-allow-origin",
            origin,
            "access-control-allow-methods",
            allow,
            "access-control-allow-headers",
            allowedHeaders,
            "access-control-max-age",
            String(preflightAgeSeconds),
          ],
  };
}
