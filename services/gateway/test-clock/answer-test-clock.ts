/** `/v1/test-clock`: reads and moves the business time of every service together; there with TEST_CLOCK=on alone. */
import { z } from "zod";
import type { ServedEndpoint } from "@holdfast/chassis/endpoint";
import { checkRequest } from "@holdfast/chassis/request-checking";
import { parseJson, readBody, requireJson } from "@holdfast/chassis/request-reading";
import { clockBackwards } from "@holdfast/chassis/problems";
import type { ServiceTokenSource } from "@holdfast/chassis/service-token";
import { servers, type ServiceName } from "@holdfast/contracts/define-endpoint";
import { instant } from "@holdfast/contracts/values";
import { admit, type Admission } from "../edge/admit.ts";
import { clocksApart } from "../problems.ts";
import type { Exchange } from "../proxy/exchange.ts";
import type { Instance } from "../proxy/instance.ts";
import type { Upstream } from "../proxy/upstream.ts";
import type { GatewayRoute } from "../routes.ts";

export const testClockPath = "/v1/test-clock";
const servicePath = "/internal/test-clock";

export interface TestClock {
  readonly upstreams: Readonly<Record<ServiceName, Upstream>>;
  readonly serviceToken: ServiceTokenSource;
  readonly admission: Admission;
}

const clockEndpoint = {
  name: "moveTestClock",
  method: "put",
  path: testClockPath,
  summary: "Move every service's business time forward",
  access: "operations:repair:any",
  body: z.strictObject({ now: instant }),
  answers: { status: 200, description: "All of them moved" },
} as const satisfies ServedEndpoint;

const admissionRule: Omit<GatewayRoute, "service"> = {
  name: clockEndpoint.name,
  method: "PUT",
  path: testClockPath,
  access: clockEndpoint.access,
  limit: "ordinary",
  maxBodyBytes: 1_024,
  timeoutMs: 10_000,
};

interface ServiceAnswer {
  readonly service: ServiceName;
  /** 0 where the service could not be asked. */
  readonly status: number;
  readonly body: string;
}

async function ask(
  service: ServiceName,
  { lanes }: Instance,
  method: "GET" | "PUT",
  token: string,
  body: string | null,
): Promise<ServiceAnswer> {
  try {
    const answered = await lanes.calls.pool.request({
      path: servicePath,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === null ? {} : { "content-type": "application/json" }),
      },
      body,
      signal: AbortSignal.timeout(admissionRule.timeoutMs),
    });
    return { service, status: answered.statusCode, body: await answered.body.text() };
  } catch {
    return { service, status: 0, body: "" };
  }
}

async function askAll(
  clock: TestClock,
  method: "GET" | "PUT",
  body: string | null,
): Promise<ServiceAnswer[]> {
  const token = await clock.serviceToken.token();
  return Promise.all(
    servers.flatMap((service) =>
      clock.upstreams[service].instances.map((instance) => ask(service, instance, method, token, body)),
    ),
  );
}

function requireAll(answers: readonly ServiceAnswer[]): void {
  if (answers.some(({ status }) => status === 409))
    throw clockBackwards("A service is already later than that.");
  const apart = answers.filter(({ status }) => status !== 200 && status !== 204);
  if (apart.length === 0) return;
  const said = apart
    .map(({ service, status }) => `${service} (${status === 0 ? "no answer" : status})`)
    .join(", ");
  throw clocksApart(`Without: ${said}. Repeat it when they are up.`, { headers: { "retry-after": "1" } });
}

const serviceClock = z.object({ now: z.string() });

/** The services' clocks flow on while they are asked, so each one's own reading is given. */
async function readClocks(clock: TestClock) {
  const answers = await askAll(clock, "GET", null);
  requireAll(answers);
  const services = Object.fromEntries(
    answers.map(({ service, body }) => [service, serviceClock.parse(JSON.parse(body)).now]),
  );
  return { now: Object.values(services).toSorted().at(-1), services };
}

/**
 * Answers when every service has moved.
 * @throws clocksApart when one could not (repeating it is safe), clockBackwards, what `admit` throws
 */
export async function answerTestClock(exchange: Exchange, address: string, clock: TestClock): Promise<void> {
  const { incoming, outgoing } = exchange;
  await admit(exchange, admissionRule, address, clock.admission);
  if (incoming.method === "PUT") {
    requireJson(incoming);
    const body = parseJson(await readBody(incoming, admissionRule.maxBodyBytes));
    checkRequest(clockEndpoint, { params: undefined, query: undefined, body });
    requireAll(await askAll(clock, "PUT", JSON.stringify(body)));
  }
  const text = JSON.stringify(await readClocks(clock));
  outgoing.writeHead(200, [
    ...exchange.headers,
    "content-type",
    "application/json",
    "cache-control",
    "no-store",
  ]);
  outgoing.end(text);
}
