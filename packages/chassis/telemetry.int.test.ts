import { startTraceCollector } from "@holdfast/testkit/telemetry/trace-collector";
import { expect, test } from "vitest";
import { createLogger } from "./log.ts";
import { noTelemetry, startTelemetry } from "./telemetry.ts";
import { traceIdOf } from "./trace-context.ts";

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("spans are exported under the caller's, or begin a trace where there is none, and a failed one is marked", async () => {
  await using collector = await startTraceCollector();
  const telemetry = await startTelemetry({
    name: "booking",
    endpoint: collector.url,
    log: createLogger("test", "silent"),
  });

  const span = telemetry.startSpan("POST /v1/bookings", "server", parent);
  expect(traceIdOf(span.traceparent)).toBe(traceIdOf(parent));
  expect(span.traceparent).not.toBe(parent);
  const failing = telemetry.childSpan("work", span.traceparent, {}, () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  span.end();
  telemetry.startSpan("GET /v1/slots", "server", undefined).end();
  await telemetry[Symbol.asyncDispose]();

  expect(new Set(collector.spans.map(({ service }) => service))).toEqual(new Set(["booking"]));
  const begun = collector.spans.filter(({ traceId }) => traceId !== traceIdOf(parent));
  expect(begun.map(({ name, parentSpanId }) => [name, parentSpanId ?? ""])).toEqual([["GET /v1/slots", ""]]);
  const spans = collector.spans.filter((one) => !begun.includes(one));
  expect(spans.map(({ name }) => name).toSorted()).toEqual(["POST /v1/bookings", "work"]);
  expect(spans.find(({ name }) => name === "POST /v1/bookings")?.parentSpanId).toBe("b7ad6b7169203331");
  expect(spans.find(({ name }) => name === "work")?.status.code).toBe(2);
});

test("without an endpoint the trace is passed on, and the SDK is not loaded", async () => {
  const telemetry = noTelemetry();
  expect(telemetry.startSpan("work", "internal", parent).traceparent).toBe(parent);
  expect(await telemetry.childSpan("work", parent, {}, (traceparent) => Promise.resolve(traceparent))).toBe(
    parent,
  );
});
