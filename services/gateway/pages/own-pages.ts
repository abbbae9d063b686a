/** What the gateway answers by itself: an index, the API's reference, health, and with a test clock its switch. */
import { Hono } from "hono";
import { mountHealth } from "@holdfast/chassis/health";
import type { NodeBindings } from "@holdfast/chassis/exchange";
import type { Metrics } from "@holdfast/chassis/metrics";
import type { Readiness } from "@holdfast/chassis/readiness";
import type { OwnPages } from "../gateway.ts";
import type { Exchange } from "../proxy/exchange.ts";
import { answerTestClock, testClockPath, type TestClock } from "../test-clock/answer-test-clock.ts";
import { mountAccountPages } from "./account-page.ts";
import { mountIndex } from "./index-page.ts";
import { mountProblems } from "./problems-page.ts";
import { mountReference } from "./reference-page.ts";

const pageMethods = "GET, HEAD, OPTIONS";

function buildPages(parts: { readonly readiness: Readiness; readonly metrics: Metrics }) {
  const app = new Hono<{ Bindings: NodeBindings }>();
  mountHealth(app, parts);
  mountIndex(app);
  mountReference(app);
  mountAccountPages(app);
  mountProblems(app);
  return app;
}

async function write(exchange: Exchange, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  exchange.outgoing.writeHead(response.status, [
    ...exchange.headers,
    ...[...response.headers].flat(),
    "content-length",
    String(body.length),
  ]);
  exchange.outgoing.end(body);
}

/** The gateway's own addresses. Hono serves the pages; none of them takes a body or a parameter. */
export function createPages(parts: {
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  /** Null where time cannot be moved. */
  readonly testClock: TestClock | null;
}): OwnPages {
  const app = buildPages(parts);
  const paths = new Set(app.routes.map((route) => route.path));
  return {
    allow: (path) => {
      if (parts.testClock !== null && path === testClockPath) return "GET, PUT, OPTIONS";
      return paths.has(path) ? pageMethods : undefined;
    },
    answer: async (exchange, address) => {
      if (parts.testClock !== null && exchange.path === testClockPath) {
        return answerTestClock(exchange, address, parts.testClock);
      }
      const { incoming, outgoing } = exchange;
      const request = new Request(`http://gateway${exchange.path}`, { method: incoming.method ?? "GET" });
      await write(exchange, await app.fetch(request, { incoming, outgoing }));
    },
  };
}
