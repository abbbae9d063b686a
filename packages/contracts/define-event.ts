/** How an event is declared: its type (which is its NATS subject), what it is about, and the schema of its data. */
import { z } from "zod";
import type { Id } from "./ids.ts";

/** Services that emit events, and so own a stream. */
export const emitters = ["auth", "catalog", "booking", "payment", "notification"] as const;
export type Emitter = (typeof emitters)[number];

/** A declared event. `D` is the type of its data. */
export interface EventDefinition<D = unknown> {
  /** CloudEvents type and NATS subject, past tense and versioned: `booking.held.v1`. */
  readonly type: string;
  /** The service that owns and emits it. */
  readonly emitter: Emitter;
  /** One sentence: when it is emitted. */
  readonly description: string;
  readonly data: z.ZodType<D>;
}

/** The data an event definition carries. */
export type EventData<E> = E extends EventDefinition<infer D> ? D : never;

/** The wire form: CloudEvents 1.0, structured JSON, with the aggregate's version and the trace it belongs to. */
export interface Envelope<D = unknown> {
  readonly specversion: "1.0";
  /** Also the outbox row's id and, with the relay's epoch, the `Nats-Msg-Id`. */
  readonly id: Id<"evt">;
  /** `/services/booking` */
  readonly source: string;
  readonly type: string;
  /** The id of the aggregate the event is about: `bkg_…`. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** Version of the aggregate after this event; consumers ignore what is older than what they have. */
  readonly aggregateversion: number;
  /** W3C trace context, so that one booking is one trace across services. */
  readonly traceparent?: string;
  readonly data: D;
}

/** The envelope's schema around one event's data, for documents and for tests; the hot path checks `data` alone. */
export function envelopeSchema(event: EventDefinition) {
  return z.object({
    specversion: z.literal("1.0"),
    id: z.string().regex(/^evt_/),
    source: z.literal(`/services/${event.emitter}`),
    type: z.literal(event.type),
    subject: z.string(),
    time: z.iso.datetime(),
    datacontenttype: z.literal("application/json"),
    aggregateversion: z.int().min(1),
    traceparent: z.string().optional(),
    data: event.data,
  });
}

/**
 * Declares an event. The type is written here and nowhere else.
 * A change that is not additive needs a new version (`…v2`), emitted beside the old one.
 */
export function defineEvent<D>(
  type: `${string}.${string}.v${number}`,
  of: { readonly emitter: Emitter; readonly description: string; readonly data: z.ZodType<D> },
): EventDefinition<D> {
  return { type, ...of };
}

/** Each emitter's JetStream stream and the subjects it owns; nobody else may publish under them. */
export const streams: Readonly<
  Record<Emitter, { readonly stream: string; readonly subjects: readonly string[] }>
> = {
  auth: { stream: "AUTH", subjects: ["user.>", "session.>"] },
  catalog: { stream: "CATALOG", subjects: ["vendor.>", "resource.>", "promotion.>"] },
  booking: { stream: "BOOKING", subjects: ["booking.>"] },
  payment: { stream: "PAYMENT", subjects: ["payment.>", "refund.>"] },
  notification: { stream: "NOTIFICATION", subjects: ["notification.>", "webhook.>"] },
};
