/** An event as a handler sees it, made from the message that carried it. */
import type { Envelope, EventDefinition } from "@holdfast/contracts/define-event";

/** An event that arrived, its data checked against the event's schema. */
export interface Received<D = unknown> {
  readonly id: string;
  readonly data: D;
  /** Id of the aggregate it is about. */
  readonly subject: string;
  /** The aggregate's version after it; ignore what is older than what you have. */
  readonly version: number;
  /** Business time at which it became true, RFC 3339 in UTC. */
  readonly time: string;
  readonly traceparent?: string;
  /** How often it has been delivered, this time included. */
  readonly deliveries: number;
}

/** The message is no event of this type; it will never be, however often it is delivered. */
export class InvalidEvent extends Error {
  override readonly name = "InvalidEvent";
}

/** Checks an envelope's data; members the schema does not know are left out. Throws `InvalidEvent`. */
export function toReceived<D>(
  event: EventDefinition<D>,
  envelope: Envelope,
  deliveries: number,
): Received<D> {
  const { id, subject, aggregateversion: version, time, traceparent } = envelope;
  if (typeof id !== "string" || envelope.type !== event.type) {
    throw new InvalidEvent(`the message is no ${event.type}`);
  }
  const parsed = event.data.safeParse(envelope.data);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new InvalidEvent(`data of ${event.type} is not valid: ${issues.join("; ")}`);
  }
  return {
    id,
    data: parsed.data,
    subject,
    version,
    time,
    ...(traceparent === undefined ? undefined : { traceparent }),
    deliveries,
  };
}

/** Reads a message's body. Throws `InvalidEvent` where it is not a JSON object. */
export function parseEnvelope(body: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new InvalidEvent("the message is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null) throw new InvalidEvent("the message is no JSON object");
  return value as Envelope;
}
