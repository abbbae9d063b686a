/** What it says about a call that its connection failed, and what the client is told. */
import { Problem } from "@holdfast/chassis/problem";
import { serviceDraining, unavailable } from "@holdfast/chassis/problems";
import { answerLost, serviceTimedOut } from "../problems.ts";

/** Why the gateway itself ended a call. */
export const clientLeft = new Error("the client went away");
export const waitedInVain = new Error("the service did not answer in time");
export const gatewayStops = new Error("the gateway stops");

/** Nobody was there: not a byte of the request was sent. */
const unreachableCodes = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The connection ended before the answer began. */
const brokenCodes = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

export function isUnreachable(error: Error): boolean {
  return unreachableCodes.has(codeOf(error));
}

export function isBroken(error: Error): boolean {
  return brokenCodes.has(codeOf(error));
}

/** The refusal of a call that got no answer. */
export function toCallProblem(
  error: Error,
  { service, method }: { readonly service: string; readonly method: string },
): Problem {
  // The body was too large, or did not arrive: what the limit said comes back through undici.
  if (error instanceof Problem) return error;
  if (error === waitedInVain) return serviceTimedOut(`${service} did not answer in time.`);
  if (error === gatewayStops)
    return serviceDraining(undefined, { headers: { "retry-after": "1", connection: "close" } });
  if (isUnreachable(error) || method === "GET")
    return unavailable(`${service} cannot be reached right now.`, error);
  return answerLost("Repeat it with the same Idempotency-Key to learn the outcome.", { cause: error });
}
