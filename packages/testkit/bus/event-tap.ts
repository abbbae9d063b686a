/** Speaks for the services a test does not run: emits their events as they would, and collects what is emitted. */
import { jetstream, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { emitters, streams, type Envelope, type EventDefinition } from "@holdfast/contracts/define-event";
import { newId } from "@holdfast/contracts/ids";
import type { NatsHandle } from "../servers/nats.ts";
import { until } from "../until.ts";

/** What an emitted event says beside its type. */
export interface Emitted<D> {
  readonly subject: string;
  readonly version: number;
  readonly data: D;
  /** The same id twice is the same event delivered again; a new one where not said. */
  readonly id?: `evt_${string}`;
}

export interface EventTap extends AsyncDisposable {
  /** Publishes an event, and waits until the bus has stored it; answers with its id. */
  emit<D>(event: EventDefinition<D>, about: Emitted<D>): Promise<`evt_${string}`>;
  /** What has been emitted of that type so far, in order; waits until there are `count`. */
  collected<D>(event: EventDefinition<D>, count?: number): Promise<readonly Envelope<D>[]>;
}

const keptMost = 100_000;

/** Connects as the operator and makes sure that every stream is there, so that consumers can start. */
export async function openEventTap(nats: NatsHandle): Promise<EventTap> {
  const nc = await connect({ ...nats.credentialsFor("operator"), maxReconnectAttempts: -1 });
  const manager = await jetstreamManager(nc);
  for (const emitter of emitters) {
    const { stream, subjects } = streams[emitter];
    await manager.streams.info(stream).catch(() =>
      manager.streams.add({
        name: stream,
        subjects: [...subjects],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
      }),
    );
  }
  const js = jetstream(nc);
  const seen: Envelope[] = [];
  const subscriptions = emitters
    .flatMap((emitter) => streams[emitter].subjects)
    .map((subject) =>
      nc.subscribe(subject, {
        callback: (error, message) => {
          if (error === null && seen.length < keptMost) seen.push(message.json<Envelope>());
        },
      }),
    );
  await nc.flush();
  return {
    async emit(event, { subject, version, data, id = newId("evt") }) {
      const envelope: Envelope = {
        specversion: "1.0",
        id,
        source: `/services/${event.emitter}`,
        type: event.type,
        subject,
        time: Temporal.Now.instant().toString(),
        datacontenttype: "application/json",
        aggregateversion: version,
        data,
      };
      await js.publish(event.type, JSON.stringify(envelope));
      return id;
    },
    async collected<D>(event: EventDefinition<D>, count = 0) {
      const ofType = () => seen.filter((envelope) => envelope.type === event.type) as Envelope<D>[];
      await until(`${count} ${event.type}`, () => ofType().length >= count);
      return ofType();
    },
    async [Symbol.asyncDispose]() {
      for (const subscription of subscriptions) subscription.unsubscribe();
      await nc.close();
    },
  };
}
