/** A request to an endpoint, filled in by the names of what it needs, with what an attacker would change of it. */
import { randomUUID } from "node:crypto";
import { type EndpointDefinition, keyTaken } from "@holdfast/contracts/define-endpoint";
import { paramNames } from "./matrix/attempts.ts";
import { bodies, queries, rawBodies } from "./matrix/bodies.ts";
import type { Side } from "./matrix/callers.ts";
import { type Answered, type Asked, bearer, send } from "./requests.ts";
import { idsAt, type RouteGround } from "./route-ground.ts";

export const ways = ["gateway", "service"] as const;
export type Way = (typeof ways)[number];

export interface Aimed {
  /** Null for nobody. */
  readonly token: string | null;
  readonly via: Way;
  /** Whose objects are named; `A` where not said. */
  readonly side?: Side;
  /** Parameters of the path that are not that side's. */
  readonly ids?: Readonly<Record<string, string>>;
  /** In place of the least that the endpoint takes. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The least the endpoint takes as its body; undefined where that is nothing. */
export function leastBody(ground: RouteGround, endpoint: EndpointDefinition, side: Side): unknown {
  const at = ground.things[side];
  const caller = { name: "attacker", token: null, roles: [] };
  const attempt = {
    ...ground,
    endpoint,
    caller,
    whose: side,
    expected: "hidden",
    via: "gateway",
    at,
  } as const;
  return bodies[endpoint.name]?.(attempt);
}

/** The least it takes as its query. */
export function leastQuery(ground: RouteGround, endpoint: EndpointDefinition, side: Side) {
  const at = ground.things[side];
  const caller = { name: "attacker", token: null, roles: [] };
  const attempt = {
    ...ground,
    endpoint,
    caller,
    whose: side,
    expected: "hidden",
    via: "gateway",
    at,
  } as const;
  return queries[endpoint.name]?.(attempt) ?? {};
}

/** What would be sent. */
export function requestTo(ground: RouteGround, endpoint: EndpointDefinition, aimed: Aimed): Asked {
  const { token, via, side = "A", headers } = aimed;
  const { place } = ground.world;
  const origin = via === "gateway" ? place.gatewayUrl : place.serviceUrls[endpoint.service];
  const ids = { ...idsAt(ground, endpoint, side), ...aimed.ids };
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, param: string) => ids[param] ?? "");
  const query = new URLSearchParams(aimed.query ?? leastQuery(ground, endpoint, side)).toString();
  const raw = rawBodies[endpoint.name];
  return {
    method: endpoint.method,
    url: `${origin}${path}${query === "" ? "" : `?${query}`}`,
    headers: {
      ...(token === null ? {} : bearer(token)),
      ...(keyTaken(endpoint) === "required" ? { "idempotency-key": randomUUID() } : {}),
      ...(endpoint.etag === "required" ? { "if-match": "*" } : {}),
      ...raw?.headers,
      ...headers,
    },
    body: aimed.body ?? raw?.body ?? leastBody(ground, endpoint, side),
  };
}

/** Sends it. */
export function sendTo(ground: RouteGround, endpoint: EndpointDefinition, aimed: Aimed): Promise<Answered> {
  return send(requestTo(ground, endpoint, aimed));
}

/** Has its path a parameter? */
export function hasParams(endpoint: Pick<EndpointDefinition, "path">): boolean {
  return paramNames(endpoint).length > 0;
}
