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
const consumerNotFound = 10_014;

/**
 * Makes the durable, or brings an existing one to this configuration.
 * One that has delivered more than its stream holds belongs to a stream that lost its end: it would skip what is
 * published next. It may be found so only when that has been published already, so the stream's description, which
 * changes with each loss before anything else is published, is kept on the durable as well. Where either shows a loss it
 * is made anew, and the inbox drops what is seen twice.
 * Throws `JetStreamApiError` (code 10059 where the stream does not exist).
 */
export async function ensureDurable(jsm: JetStreamManager, durable: Durable): Promise<void> {
  const found = await present(jsm, durable);
  // Read after the durable: in a stream that lost nothing the last sequence can then only be the higher one.
  const { config, state } = await jsm.streams.info(durable.stream);
  const description = config.description ?? "";
  if (found) {
    const isOfLostEnd = found.delivered.stream_seq > state.last_seq;
    const isOfOldEpoch = (found.config.description ?? "") !== description;
    if (isOfLostEnd || isOfOldEpoch) await jsm.consumers.delete(durable.stream, durable.name);
  }
  await addOrUpdate(jsm, durable, description);
}

async function present(jsm: JetStreamManager, { stream, name }: Durable): Promise<ConsumerInfo | null> {
  try {
    return await jsm.consumers.info(stream, name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === consumerNotFound) return null;
    throw error;
  }
}

async function addOrUpdate(
  jsm: JetStreamManager,
  { stream, name, subject }: Durable,
  description: string,
): Promise<void> {
  const changeable = { ack_wait: nanos(ackWaitMs), max_ack_pending: ackPendingMax, max_deliver: -1 };
  try {
    await jsm.consumers.add(stream, {
      durable_name: name,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...(description === "" ? undefined : { description }),
      ...changeable,
    });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || !consumerExists.has(error.code)) throw error;
    await jsm.consumers.update(stream, name, changeable);
  }
}
