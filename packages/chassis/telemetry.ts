/** Traces over OTLP when an endpoint is configured; otherwise only the trace context is passed on. */
import type { Attributes, Span as OtelSpan } from "@opentelemetry/api";
import type { Logger } from "./log.ts";
import { continueTraceparent, spanIdOf, traceIdOf } from "./trace-context.ts";

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Something that takes time and is part of a trace. */
export interface Span {
  /** What the span's children name as their parent. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  /** Ends it; with an error it is marked failed. */
  end(error?: unknown): void;
}

export interface Telemetry {
  /** Is anything recorded? Where not, callers can spare themselves the attributes. */
  readonly enabled: boolean;
  /** Starts a span under the trace of `parent`, or a new trace. Attributes follow the semantic conventions. */
  startSpan(name: string, kind: SpanKind, parent: string | undefined, attributes?: SpanAttributes): Span;
  /** Runs `work` inside a span. */
  childSpan<T>(
    name: string,
    traceparent: string | undefined,
    attributes: SpanAttributes,
    work: (traceparent: string) => Promise<T>,
  ): Promise<T>;
  /** Sends what is recorded, within five seconds. */
  [Symbol.asyncDispose](): Promise<void>;
}

const shutdownTimeoutMs = 5_000;

function withChildSpan(startSpan: Telemetry["startSpan"]): Telemetry["childSpan"] {
  return async (name, traceparent, attributes, work) => {
    const span = startSpan(name, "internal", traceparent, attributes);
    try {
      const result = await work(span.traceparent);
      span.end();
      return result;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
}

/** Records nothing and costs next to nothing. */
export function noTelemetry(): Telemetry {
  const startSpan: Telemetry["startSpan"] = (_name, _kind, parent) => ({
    traceparent: continueTraceparent(parent),
    set: () => {},
    end: () => {},
  });
  return {
    enabled: false,
    startSpan,
    childSpan: (_name, traceparent, _attributes, work) => work(continueTraceparent(traceparent)),
    [Symbol.asyncDispose]: async () => {},
  };
}

function traceparentOf(span: OtelSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** The SDK takes some 300 ms to import, so it is loaded only where it is used. */
async function startExporting(name: string, endpoint: string, log: Logger): Promise<Telemetry> {
  const [{ NodeSDK }, { OTLPTraceExporter }, api] = await Promise.all([
    import("@opentelemetry/sdk-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/api"),
  ]);
  const sdk = new NodeSDK({
    serviceName: name,
    autoDetectResources: false,
    instrumentations: [],
    traceExporter: new OTLPTraceExporter({
      url: `${endpoint.replace(/\/$/, "")}/v1/traces`,
      timeoutMillis: 5_000,
    }),
  });
  sdk.start();
  log.info({ endpoint }, "traces are exported");
  const tracer = api.trace.getTracer("holdfast");
  const kinds = {
    internal: api.SpanKind.INTERNAL,
    server: api.SpanKind.SERVER,
    client: api.SpanKind.CLIENT,
    producer: api.SpanKind.PRODUCER,
    consumer: api.SpanKind.CONSUMER,
  };
  const startSpan: Telemetry["startSpan"] = (spanName, kind, parent, attributes) => {
    const context =
      parent === undefined
        ? api.ROOT_CONTEXT
        : api.trace.setSpanContext(api.ROOT_CONTEXT, {
            traceId: traceIdOf(parent),
            spanId: spanIdOf(parent),
            traceFlags: Number.parseInt(parent.slice(53, 55), 16),
            isRemote: true,
          });
    const span = tracer.startSpan(
      spanName,
      { kind: kinds[kind], ...(attributes && { attributes: attributes as Attributes }) },
      context,
    );
    return {
      traceparent: traceparentOf(span),
      set: (more) => void span.setAttributes(more),
      end: (error) => {
        if (error !== undefined) {
          span.setStatus({ code: api.SpanStatusCode.ERROR });
          if (error instanceof Error) span.setAttribute("error.type", error.name);
        }
        span.end();
      },
    };
  };
  return {
    enabled: true,
    startSpan,
    childSpan: withChildSpan(startSpan),
    [Symbol.asyncDispose]: async () => {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, shutdownTimeoutMs);
      await Promise.race([
        sdk.shutdown().catch((error: unknown) => log.warn({ err: error }, "traces were not sent")),
        late.promise,
      ]);
      clearTimeout(timer);
    },
  };
}

/** Starts exporting traces where `endpoint` (OTLP over HTTP) is set. */
export async function startTelemetry(options: {
  readonly name: string;
  readonly endpoint?: string | undefined;
  readonly log: Logger;
}): Promise<Telemetry> {
  return options.endpoint === undefined
    ? noTelemetry()
    : startExporting(options.name, options.endpoint, options.log);
}
