/** One call of an endpoint by one caller on one object, filled in by the names of what it needs. */
import { randomUUID } from "node:crypto";
import { type EndpointDefinition, keyTaken } from "@holdfast/contracts/define-endpoint";
import { newId } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { GuestParts } from "../guests.ts";
import { type Answered, bearer, send } from "../requests.ts";
import type { VendorParts } from "../vendors.ts";
import type { Account, SecurityWorld } from "../world.ts";
import { type Caller, type Side, sides } from "./callers.ts";
import { expectedOf, type Expected, type Whose } from "./expected.ts";
import { bodies, queries, rawBodies } from "./bodies.ts";
import { params, tokenFor } from "./params.ts";

/** What there is at one side. */
export interface Things {
  readonly vendor: VendorParts;
  readonly owner: Account;
  readonly guest: Account;
  readonly bookingId: string;
  readonly of: GuestParts;
}

/** What every attempt is made on. */
export interface Ground {
  readonly world: SecurityWorld;
  readonly things: Readonly<Record<Side, Things>>;
  /** A vendor that was never submitted: no step but the first leads anywhere. */
  readonly draftVendorId: string;
  /** An account that nobody else needs. */
  readonly target: Account;
  /** Its API key. */
  readonly targetKeyId: string;
}

export interface Attempt extends Ground {
  readonly endpoint: EndpointDefinition;
  readonly caller: Caller;
  readonly whose: Whose;
  readonly expected: Expected;
  /** Through the gateway, or straight to the service. */
  readonly via: "gateway" | "service";
  /** What is at the side whose object it is; side A's where there is none. */
  readonly at: Things;
}

/** Names of the parameters in an endpoint's path. */
export function paramNames({ path }: Pick<EndpointDefinition, "path">): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
}

/** The objects an endpoint is tried on. */
function objectsOf(endpoint: EndpointDefinition): readonly Whose[] {
  const { access } = endpoint;
  if (access === "public" || access === "service" || access.endsWith(":any")) return [null];
  const names = paramNames(endpoint);
  if (names.some((name) => name === "sessionId" || name === "keyId")) return ["mine", "another's"];
  return names.length > 0 || endpoint.name === "createResource" ? sides : [null];
}

/**
 * Every attempt at an endpoint: everybody on each object, through the gateway. Whom it refuses tries again at the
 * service itself, which must not rely on the gateway; API keys do not, for the gateway exchanges them and no service
 * knows one. What is for services alone is tried at the service.
 */
export function attemptsAt(
  endpoint: EndpointDefinition,
  ground: Ground,
  callers: readonly Caller[],
): Attempt[] {
  return callers.flatMap((caller) =>
    objectsOf(endpoint).flatMap((whose) => {
      const expected = expectedOf(endpoint, caller, whose);
      const at = ground.things[whose === "B" ? "B" : "A"];
      const attempt = { ...ground, endpoint, caller, whose, expected, at };
      const throughGateway = endpoint.access !== "service";
      const atService = caller.scopes === undefined && (!throughGateway || expected !== "in");
      return [
        ...(throughGateway ? [{ ...attempt, via: "gateway" as const }] : []),
        ...(atService ? [{ ...attempt, via: "service" as const }] : []),
      ];
    }),
  );
}

/** What an endpoint needs and nobody fills in; none where it can be called. */
export function missingFor(endpoint: EndpointDefinition): string[] {
  const { name, body, rawBody } = endpoint;
  const needsBody = rawBody === true || (body !== undefined && !body.safeParse(undefined).success);
  return [
    ...paramNames(endpoint).filter((param) => !(param in params)),
    ...(needsBody && !(name in bodies) && !(name in rawBodies) ? ["body"] : []),
  ];
}

/** What is sent must be what the endpoint takes: a refusal of its form would say nothing of permissions. */
function requireValid(name: string, schema: z.ZodType | undefined, value: unknown): void {
  const parsed = schema?.safeParse(value);
  if (parsed?.success === false)
    throw new Error(`${name} is not filled in as it should be: ${parsed.error.message}`);
}

/** Makes the call. */
export async function make(attempt: Attempt): Promise<Answered> {
  const { endpoint, via, world } = attempt;
  const { name, method, path } = endpoint;
  const filled: Record<string, string> = {};
  for (const param of paramNames(endpoint)) filled[param] = await params[param]!(attempt);
  requireValid(name, endpoint.params, filled);
  const query = queries[name]?.(attempt) ?? {};
  requireValid(name, endpoint.query, query);
  const body = bodies[name]?.(attempt);
  requireValid(name, endpoint.body, body);
  const token = await tokenFor(attempt);
  const origin = via === "gateway" ? world.place.gatewayUrl : world.place.serviceUrls[endpoint.service];
  const url = new URL(
    path.replaceAll(/\{(\w+)\}/g, (_, param: string) => filled[param] ?? ""),
    origin,
  );
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  const raw = rawBodies[name];
  return send({
    method,
    url: url.href,
    headers: {
      ...(token === null ? {} : bearer(token)),
      ...(keyTaken(endpoint) === "required" ? { "idempotency-key": randomUUID() } : {}),
      ...(endpoint.etag === "required" ? { "if-match": "*" } : {}),
      ...raw?.headers,
      "x-request-id": newId("evt"),
    },
    body: raw?.body ?? body,
  });
}

/** Who tried what, in words. */
export function describeAttempt({ caller, whose, via, expected }: Attempt): string {
  const object = whose === null ? "" : whose.length === 1 ? ` on what is side ${whose}'s` : ` on ${whose}`;
  return `${caller.name}${object}, via the ${via}: should be ${expected}`;
}
