/** The durable pull consumer of one event type, made where it is missing. */
import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type ConsumerInfo,
  type JetStreamManager,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";

export interface Durable {
  readonly stream: string;
  readonly name: string;
  readonly subject: string;
}

/** What a killed consumer had in hand is delivered to another after this long. */
const ackWaitMs = 2_000;
/** Whoever holds messages says so this often, which must be well below `ackWaitMs`. */
export const workingIntervalMs = 1_000;
const ackPendingMax = 2_048;

const consumerExists = new Set([10_013, 10_148]);

/**
 * Makes the durable, or brings an existing one to this configuration.
 * One that has delivered more than its stream holds belongs to a stream that lost its end: it would skip what is
 * published next, so it is made anew and the inbox drops what is seen twice.
 * Throws `JetStreamApiError` (code 10059 where the stream does not exist).
 */
export async function ensureDurable(jsm: JetStreamManager, durable: Durable): Promise<void> {
  const made = await addOrUpdate(jsm, durable);
  const { state } = await jsm.streams.info(durable.stream);
  if (made.delivered.stream_seq <= state.last_seq) return;
  await jsm.consumers.delete(durable.stream, durable.name);
  await addOrUpdate(jsm, durable);
}

async function addOrUpdate(jsm: JetStreamManager, { stream, name, subject }: Durable): Promise<ConsumerInfo> {
  const changeable = { ack_wait: nanos(ackWaitMs), max_ack_pending: ackPendingMax, max_deliver: -1 };
  try {
    return await jsm.consumers.add(stream, {
      durable_name: name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...changeable,
    });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || !consumerExists.has(error.code)) throw error;
    return await jsm.consumers.update(stream, name, changeable);
  }
}
