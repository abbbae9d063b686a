/** Bodies as bytes, at endpoints that take much. */
import { randomUUID } from "node:crypto";
import { changeProfile } from "@holdfast/contracts/api/accounts";
import { createBooking } from "@holdfast/contracts/api/booking";
import { createResource } from "@holdfast/contracts/api/catalog";
import { type EndpointDefinition, keyTaken } from "@holdfast/contracts/define-endpoint";
import { z } from "zod";
import { type Answered, bearer } from "../requests.ts";
import { type RouteGround, tokenAt } from "../route-ground.ts";
import { requestTo, type Way } from "../route-requests.ts";

export type Bytes = string | Uint8Array<ArrayBuffer>;

/** One endpoint of each service that takes much; its own limit is what stands in the contract. */
export const eaters = [
  changeProfile,
  createBooking,
  createResource,
] as const satisfies readonly EndpointDefinition[];

const json = { "content-type": "application/json" };

/** Sends bytes as they are. */
export async function sendBytes(
  ground: RouteGround,
  endpoint: EndpointDefinition,
  via: Way,
  bytes: Bytes,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const { url, method } = requestTo(ground, endpoint, { token: null, via });
  const response = await fetch(url, {
    method: method.toUpperCase(),
    headers: {
      ...bearer(tokenAt(ground, endpoint, "A")),
      ...(keyTaken(endpoint) === "required" ? { "idempotency-key": randomUUID() } : {}),
      ...json,
      ...headers,
    },
    body: bytes,
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
  const code = isProblem ? z.looseObject({ code: z.string() }).parse(JSON.parse(text)).code : undefined;
  return { status: response.status, headers: response.headers, text, code };
}
