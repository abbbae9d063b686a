/** Lets operators and the gateway move a service's test clock; not mounted where the clock is the machine's. */
import { z } from "zod";
import { instant } from "@holdfast/contracts/values";
import type { Clock } from "./clock.ts";
import {
  answer,
  callerOf,
  handle,
  noContent,
  type Call,
  type Route,
  type ServedEndpoint,
} from "./endpoint.ts";
import { forbidden } from "./problems.ts";

const path = "/internal/test-clock";

const readTestClock = {
  name: "readTestClock",
  method: "get",
  path,
  summary: "What time the service believes it is",
  access: "public",
  answers: { status: 200, description: "Business time", body: z.object({ now: z.string() }) },
} as const satisfies ServedEndpoint;

const moveTestClock = {
  name: "moveTestClock",
  method: "put",
  path,
  summary: "Move the service's business time forward",
  access: "public",
  body: z.strictObject({ now: instant }),
  answers: { status: 204, description: "It was moved" },
  problems: ["clock/backwards"],
  idempotencyKey: { none: "It moves to an instant, not by a span: twice comes to the same." },
} as const satisfies ServedEndpoint;

/** Admins and other services; no single permission says that, so the endpoints are public and ask here. */
function requireOperator(call: Pick<Call, "caller">): void {
  const { roles } = callerOf(call);
  if (!roles.includes("service") && !roles.includes("admin")) throw forbidden();
}

export function testClockRoutes(clock: Clock): Route[] {
  if (!clock.test) return [];
  return [
    handle(readTestClock, (call) => {
      requireOperator(call);
      return answer({ now: clock.now().toString() });
    }),
    handle(moveTestClock, (call) => {
      requireOperator(call);
      clock.moveTo(Temporal.Instant.from(call.body.now));
      return noContent();
    }),
  ];
}
