import { strict as assert } from "node:assert";
import { AckPolicy, jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { consumerName } from "@holdfast/chassis/consumer";
import { streams } from "@holdfast/contracts/define-event";
import { allEvents } from "@holdfast/contracts/events/all";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NatsHandle, startNats } from "./nats.ts";
import { type NatsUser, type ServiceName, serviceNames } from "./services.ts";

const timeoutMs = 2_000;
// A refused request is never answered, so a refusal is waited out.
const refusedMs = 300;

let nats: NatsHandle;
const connections = new Map<NatsUser, NatsConnection>();

async function as(user: NatsUser): Promise<NatsConnection> {
  const open =
    connections.get(user) ??
    (await connect({ ...nats.credentialsFor(user), reconnect: false, timeout: timeoutMs }));
  connections.set(user, open);
  return open;
}

async function managerOf(user: NatsUser): Promise<JetStreamManager> {
  return await jetstreamManager(await as(user), { timeout: timeoutMs });
}

async function disconnect(): Promise<void> {
  await Promise.all([...connections.values()].map((connection) => connection.close()));
  connections.clear();
}

/** The first event a service emits, and the consumer another has for it. */
function consumption(
  service: ServiceName,
  owner: ServiceName,
): { type: string; stream: string; name: string } {
  const event = allEvents.find(({ emitter }) => emitter === owner);
  assert(event, `${owner} emits no event`);
  return {
    type: event.type,
    stream: streams[owner].stream,
    name: consumerName(service, { event }),
  };
}

async function createStreams(): Promise<void> {
  for (const service of serviceNames) {
    const { stream, subjects } = streams[service];
    await (await managerOf(service)).streams.add({ name: stream, subjects: [...subjects] });
  }
}

beforeAll(async () => {
  nats = await startNats();
  await createStreams();
});

afterAll(async () => {
  await disconnect();
  await nats[Symbol.asyncDispose]();
});

const pairs = serviceNames.flatMap((one) =>
  serviceNames.filter((other) => other !== one).map((other) => [one, other] as const),
);

/** Resolves when the server refused this, which it tells the connection and nobody else. */
async function refused(
  user: NatsUser,
  attempt: (connection: NatsConnection) => Promise<unknown>,
): Promise<unknown> {
  return await attempt(await as(user)).then(
    () => "allowed",
    (error: unknown) => (error instanceof Error ? `${error.name} ${error.message}` : error),
  );
}

describe("permissions", () => {
  test.each(serviceNames)("%s publishes under every subject it owns, acknowledged", async (service) => {
    const { stream, subjects } = streams[service];
    for (const subject of subjects) {
      const ack = await jetstream(await as(service)).publish(subject.replace(">", "tested.v1"), "{}", {
        timeout: timeoutMs,
      });
      expect(ack.stream).toBe(stream);
    }
  });

  test.each(pairs)("%s cannot publish under what %s owns", async (service, owner) => {
    for (const subject of streams[owner].subjects) {
      const outcome = await refused(service, (connection) =>
        jetstream(connection).publish(subject.replace(">", "forged.v1"), "{}", {
          timeout: refusedMs,
          retries: 1,
        }),
      );
      expect(outcome).toMatch(/PermissionViolation|permissions violation/i);
    }
    const { stream } = streams[owner];
    const forged = await (
      await managerOf("operator")
    ).streams.info(stream, { subjects_filter: "*.forged.v1" });
    expect(forged.state.subjects ?? {}).toEqual({});
  });

  test.each(pairs)(
    "%s cannot create, change, purge or delete the stream of %s, but may read about it",
    async (service, owner) => {
      const { stream, subjects } = streams[owner];
      const connection = await as(service);
      for (const verb of ["CREATE", "UPDATE", "PURGE", "DELETE"]) {
        const body = JSON.stringify({ name: stream, subjects });
        const outcome = await refused(service, () =>
          connection.request(`$JS.API.STREAM.${verb}.${stream}`, body, { timeout: refusedMs }),
        );
        expect(`${verb}: ${String(outcome)}`).toMatch(/PermissionViolation|permissions violation/i);
      }
      expect((await (await managerOf(service)).streams.info(stream)).config.name).toBe(stream);
    },
  );

  test.each(pairs)(
    "%s pulls and acknowledges from the stream of %s under its own name",
    async (service, owner) => {
      const { type, stream, name } = consumption(service, owner);
      await jetstream(await as(owner)).publish(type, "{}");
      const manager = await managerOf(service);
      const durable = { durable_name: name, ack_policy: AckPolicy.Explicit, filter_subject: type };
      await manager.consumers.add(stream, durable);
      await manager.consumers.update(stream, name, { max_ack_pending: 7 });
      const consumer = await jetstream(await as(service)).consumers.get(stream, name);
      const message = await consumer.next({ expires: timeoutMs });
      expect(await message?.ackAck({ timeout: timeoutMs })).toBe(true);
      expect(await manager.consumers.delete(stream, name)).toBe(true);
    },
  );

  test.each(pairs)("%s cannot use the consumer of %s", async (service, other) => {
    const { type, stream, name } = consumption(other, "booking");
    const durable = { durable_name: name, ack_policy: AckPolicy.Explicit, filter_subject: type };
    const otherManager = await managerOf(other);
    await otherManager.consumers.add(stream, durable);
    const connection = await as(service);
    const body = JSON.stringify({ stream_name: stream, config: durable });
    const api = "$JS.API.CONSUMER";
    const subjects = [
      `${api}.CREATE.${stream}.${name}.${type}`,
      `${api}.CREATE.${stream}.${name}`,
      `${api}.CREATE.${stream}.${name}.${consumption(service, "booking").name}`,
      `${api}.DURABLE.CREATE.${stream}.${name}`,
      `${api}.CREATE.${stream}`,
      `${api}.MSG.NEXT.${stream}.${name}`,
      `${api}.DELETE.${stream}.${name}`,
      `$JS.ACK.${stream}.${name}.1.1.1.1.0`,
    ];
    for (const subject of subjects) {
      const outcome = await refused(service, () => connection.request(subject, body, { timeout: refusedMs }));
      expect(`${subject}: ${String(outcome)}`).toMatch(/PermissionViolation|permissions violation/i);
    }
    // Nor by naming its own in the subject and the other's in the request.
    const own = `${api}.CREATE.${stream}.${consumption(service, "booking").name}.${type}`;
    const answer = await connection.request(own, body, { timeout: timeoutMs });
    expect(answer.json()).toMatchObject({ error: { code: 400 } });
    expect(await otherManager.consumers.delete(stream, name)).toBe(true);
  });

  test("nobody listens to another's answers, and nobody enters without a password", async () => {
    const subscription = (await as("catalog")).subscribe("_INBOX_payment.>");
    await expect(
      (async () => {
        for await (const message of subscription) return message.subject;
        return "closed";
      })(),
    ).rejects.toThrow(/permissions violation/i);
    await expect(connect({ servers: nats.url, reconnect: false, timeout: timeoutMs })).rejects.toThrow(
      /authorization/i,
    );
    await expect(
      connect({ ...nats.credentialsFor("booking"), pass: "guess", reconnect: false }),
    ).rejects.toThrow(/authorization/i);
  });
});

test("keeps its streams through a stop, and loses them when wiped, on the same port", async () => {
  const before = await (await managerOf("operator")).streams.info("BOOKING");
  await disconnect();
  await nats.stop();
  await nats.start();
  const after = await (await managerOf("operator")).streams.info("BOOKING");
  expect(after.created).toBe(before.created);
  await disconnect();
  await nats.kill9();
  await nats.start();
  expect((await (await managerOf("operator")).streams.info("BOOKING")).created).toBe(before.created);
  await disconnect();
  await nats.wipe();
  expect((await (await managerOf("operator")).getAccountInfo()).streams).toBe(0);
});
