/**
 * Spans of events on their way between services: one for each event sent and one for each handled, in the trace of what
 * caused it. https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
import type { Envelope } from "@holdfast/contracts/define-event";
import type { OutboxRow } from "./outbox.ts";
import type { Received } from "./received.ts";
import type { Span, Telemetry } from "./telemetry.ts";

/** From an event's sending to the bus's answer; null where nothing is recorded. */
export function startSendSpan(telemetry: Telemetry, { id, subject, envelope }: OutboxRow): Span | null {
  if (!telemetry.enabled) return null;
  const { traceparent } = JSON.parse(envelope) as Envelope;
  return telemetry.startSpan(`send ${subject}`, "producer", traceparent, {
    "messaging.system": "nats",
    "messaging.operation.name": "publish",
    "messaging.operation.type": "send",
    "messaging.destination.name": subject,
    "messaging.message.id": id,
  });
}

/**
 * Runs `work` on a batch of one consumer. Where spans are recorded each event has one, and `work` is given the events
 * under it: what their handling says and does goes on from there. Throws what `work` throws.
 */
export async function processInSpans(
  telemetry: Telemetry,
  { consumer, type }: { readonly consumer: string; readonly type: string },
  batch: readonly Received[],
  work: (batch: readonly Received[]) => Promise<void>,
): Promise<void> {
  if (!telemetry.enabled) return work(batch);
  const spans = batch.map(({ id, traceparent }) =>
    telemetry.startSpan(`process ${type}`, "consumer", traceparent, {
      "messaging.system": "nats",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": type,
      "messaging.consumer.group.name": consumer,
      "messaging.batch.message_count": batch.length,
      "messaging.message.id": id,
    }),
  );
  try {
    await work(batch.map((received, at) => ({ ...received, traceparent: spans[at]!.traceparent })));
  } catch (error) {
    for (const span of spans) span.end(error);
    throw error;
  }
  for (const span of spans) span.end();
}
