/** The outbox: events are rows of the transaction that made them true, and the stored text is what is published. */
import type { EventDefinition } from "@holdfast/contracts/define-event";
import { newId } from "@holdfast/contracts/ids";
import type { CompiledQuery } from "kysely";
import { deferred } from "./pipelined-pool.ts";

/** What an announcement says beside the event's definition. */
export interface Announcement<D> {
  /** Id of the aggregate the event is about. */
  readonly subject: string;
  /** The aggregate's version after the event, from 1. */
  readonly version: number;
  readonly data: D;
  /** W3C trace context of what caused it. */
  readonly traceparent?: string | undefined;
  /** Business time at which it became true. */
  readonly time: Temporal.Instant;
}

/** An event on its way: `envelope` is the text that is stored and published. */
export interface OutboxRow {
  readonly id: string;
  readonly subject: string;
  readonly envelope: string;
}

/** Takes rows that have just been committed. Never throws and never waits: what it cannot take, the sweeper publishes. */
export interface Outbox {
  publishAtOnce(rows: readonly OutboxRow[]): void;
}

/** The row of one announcement. The envelope is turned into text here, once. */
export function outboxRow<D>(name: string, event: EventDefinition<D>, about: Announcement<D>): OutboxRow {
  const id = newId("evt");
  const envelope = JSON.stringify({
    specversion: "1.0",
    id,
    source: `/services/${name}`,
    type: event.type,
    subject: about.subject,
    time: about.time.toString(),
    datacontenttype: "application/json",
    aggregateversion: about.version,
    ...(about.traceparent === undefined ? undefined : { traceparent: about.traceparent }),
    data: about.data,
  });
  return { id, subject: event.type, envelope };
}

/**
 * One statement for all rows of a transaction. The envelopes are placed into the parameter as the JSON they already are,
 * so none is escaped and parsed twice; ids and subjects are our own and need no escaping.
 */
export function outboxInsert(rows: readonly OutboxRow[]): CompiledQuery {
  const items = rows.map((row) => `{"id":"${row.id}","subject":"${row.subject}","envelope":${row.envelope}}`);
  return deferred(
    "insert into outbox (id, subject, envelope) select id, subject, envelope from json_populate_recordset(null::outbox, $1)",
    [`[${items.join(",")}]`],
  );
}
