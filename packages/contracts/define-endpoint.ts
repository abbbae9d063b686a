/** How an HTTP endpoint is declared: the one source of its route, checks, limits, and place in the OpenAPI document. */
import type { z } from "zod";
import type { Permission } from "./access.ts";

/** Services that answer HTTP behind the gateway. */
export const servers = ["auth", "catalog", "booking", "payment", "notification"] as const;
export type ServiceName = (typeof servers)[number];

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** How long proving who one is counts for endpoints with `stepUp`. */
export const stepUpSeconds = 300;

/** Who may call: anyone, another service (never through the gateway), or who holds a permission. */
export type Access = "public" | "service" | Permission;

/** A declared endpoint; the type parameters are what its handler is given and must return. */
export interface EndpointDefinition<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  /** OpenAPI operationId: `createBooking`. */
  readonly name: string;
  readonly service: ServiceName;
  readonly method: Method;
  /** With parameters in braces: `/v1/bookings/{bookingId}`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Status and schema of success; no schema means no body (204). */
  readonly answers: { readonly status: number; readonly description: string; readonly body?: Answer };
  /** Content type of success where it is not JSON. */
  readonly contentType?: string;
  /** Content types that success has beside JSON, as the request likes best. A page among them has styles in itself. */
  readonly alsoAs?: readonly string[];
  /** Codes of the problems this endpoint itself can answer, beyond the ones every endpoint has. */
  readonly problems?: readonly string[];
  /**
   * `Idempotency-Key`. Whatever changes something takes one, so that it can be sent again after a lost answer. It must come
   * where a repetition would make a second thing or move money twice; `none` says why a key would make no sense.
   */
  readonly idempotencyKey?: "required" | { readonly none: string };
  /** A secret is in the request or the answer, or another person's name: what is kept for repetition is sealed. */
  readonly sealedAnswer?: boolean;
  /** Success carries the version as its `ETag`; `required`: the request must say in `If-Match` which one it changes. */
  readonly etag?: "answered" | "required";
  /** Only who has proved again who they are within the last minutes may call (RFC 9470); see `stepUpSeconds`. */
  readonly stepUp?: boolean;
  /** The answer is a stream of server-sent events that stays open; `timeoutMs` bounds its first byte alone. */
  readonly stream?: boolean;
  /** `Prefer: wait=N` is understood. */
  readonly preferWait?: boolean;
  /** Rate limit class at the gateway; `ordinary` where not said. */
  readonly limit?: "ordinary" | "costly" | "sensitive" | "webhook" | "stream";
  /** The body is handed over as received, unparsed (signed webhooks). */
  readonly rawBody?: boolean;
  /** Largest body in bytes; 64 KiB where not said. */
  readonly maxBodyBytes?: number;
  /** Longest time the gateway waits for the first byte of the answer, in ms; 15 s where not said. */
  readonly timeoutMs?: number;
}

/** Is it a list that comes in pages: one is asked for by the cursor `after`? */
export function isPaged({ query }: Pick<EndpointDefinition, "query">): boolean {
  const shape = query !== undefined && "shape" in query ? query.shape : undefined;
  return typeof shape === "object" && shape !== null && "after" in shape;
}

/** Must a call carry an `Idempotency-Key`, may it, or does a key say nothing here? */
export function keyTaken({
  method,
  idempotencyKey,
}: Pick<EndpointDefinition, "method" | "idempotencyKey">): "required" | "optional" | "none" {
  if (method === "get" || typeof idempotencyKey === "object") return "none";
  return idempotencyKey ?? "optional";
}

/** Declares an endpoint, keeping the exact types of its schemas and of who may call it. */
export function defineEndpoint<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
  const By extends Access,
>(
  endpoint: EndpointDefinition<Params, Query, Body, Answer> & { readonly access: By },
): EndpointDefinition<Params, Query, Body, Answer> & { readonly access: By } {
  return endpoint;
}
