/** What a service really published: its stream, read back from JetStream. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { type Emitter, type Envelope, type EventDefinition, streams } from "@holdfast/contracts/define-event";
import { cameTrue } from "../servers/deadline.ts";
import type { NatsHandle } from "../servers/nats.ts";

export type EventLog = AsyncDisposable & {
  /** Everything published so far and from now on, in the stream's order; grows by itself. */
  readonly all: readonly Envelope[];
  /**
   * The events of this type about this aggregate, once there are as many as that.
   * @throws Error when they do not come within ten seconds
   */
  about<D>(event: EventDefinition<D>, subject: string, count?: number): Promise<Envelope<D>[]>;
};

const deadlineMs = 10_000;

/** Reads a service's stream from its beginning; waits for the stream, which the service makes. */
export async function readEventLog(nats: NatsHandle, emitter: Emitter): Promise<EventLog> {
  const connection = await connect(nats.credentialsFor("operator"));
  const { stream } = streams[emitter];
  const jsm = await jetstreamManager(connection);
  const exists = () => jsm.streams.info(stream).then(() => true);
  if (!(await cameTrue(exists, deadlineMs))) {
    await connection.close();
    throw new Error(`there is no stream ${stream}`);
  }

  const all: Envelope[] = [];
  const consumer = await jetstream(connection).consumers.get(stream);
  const messages = await consumer.consume({ callback: (message) => void all.push(message.json<Envelope>()) });
  return {
    all,
    about: async <D>(event: EventDefinition<D>, subject: string, count = 1) => {
      const found = () => all.filter((one) => one.type === event.type && one.subject === subject);
      if (!(await cameTrue(() => found().length >= count, deadlineMs))) {
        throw new Error(
          `${count} of ${event.type} about ${subject} were expected, and ${found().length} came`,
        );
      }
      return found() as Envelope<D>[];
    },
    [Symbol.asyncDispose]: async () => {
      await messages.close();
      await connection.close();
    },
  };
}
