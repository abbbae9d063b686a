/** What a service's `consumers.ts` is made of: which events it consumes, and what it does with them. */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import type { Received } from "./received.ts";
import type { UnitOfWork } from "./unit-of-work.ts";

export type { Received } from "./received.ts";

export interface ConsumeOptions {
  /** Events in one transaction at most, where it differs from the service's. */
  readonly batchMax?: number;
}

/**
 * What to do with events of one type. `received` holds each event once, only events not taken into account before,
 * in the order they arrived in. All of it is one transaction: throw, and nothing of the batch has happened.
 * A `Problem` means no (recorded as a dead letter, not retried); any other error means try again.
 */
export type Handler<D, DB> = (unit: UnitOfWork<DB>, received: readonly Received<D>[]) => Promise<void>;

/** An entry of a service's `consumers.ts`. */
export interface ConsumerDefinition<DB> {
  readonly event: EventDefinition;
  readonly options: ConsumeOptions;
  handle(unit: UnitOfWork<DB>, received: readonly Received<unknown>[]): Promise<void>;
}

export function consume<D, DB>(event: EventDefinition<D>, handler: Handler<D, DB>): ConsumerDefinition<DB>;
export function consume<D, DB>(
  event: EventDefinition<D>,
  options: ConsumeOptions,
  handler: Handler<D, DB>,
): ConsumerDefinition<DB>;
/** Declares that the service consumes an event. */
export function consume<D, DB>(
  event: EventDefinition<D>,
  optionsOrHandler: ConsumeOptions | Handler<D, DB>,
  handler?: Handler<D, DB>,
): ConsumerDefinition<DB> {
  const handle = typeof optionsOrHandler === "function" ? optionsOrHandler : handler;
  const options = typeof optionsOrHandler === "function" ? {} : optionsOrHandler;
  return { event, options, handle: handle as ConsumerDefinition<DB>["handle"] };
}

/** How often a failing event is tried, and how long between. */
export interface RetryPolicy {
  readonly baseMs: number;
  readonly maxMs: number;
  /** After so many failures in one process the event becomes a dead letter; being given back unfinished is none. */
  readonly failures: number;
}

/** The durable's name, and the name under which the inbox and the dead letters know the consumer. */
export function consumerName(service: string, { event }: Pick<ConsumerDefinition<unknown>, "event">): string {
  return `${service}-${event.type.replaceAll(".", "_")}`;
}
