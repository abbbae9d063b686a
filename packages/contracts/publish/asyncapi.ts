/** The AsyncAPI 3.0 document: every event, where it travels, and which service says it. */
import assert from "node:assert";
import { isDeepStrictEqual } from "node:util";
import { emitters, streams, type EventDefinition } from "../define-event.ts";
import { eventJsonSchema, type JsonSchema } from "./json-schema.ts";

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Points references at the document's components instead of the schema's own definitions. */
function toComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toComponents);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === "$ref" && typeof inner === "string"
        ? [key, inner.replace("#/$defs/", "#/components/schemas/")]
        : [key, toComponents(inner)],
    ),
  );
}

/** `booking.held.v1` as a name for programs: `bookingHeldV1`. */
function keyOf(event: EventDefinition): string {
  return event.type.replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `booking.held.v1` as a name for people: `Booking held`. */
function titleOf(event: EventDefinition): string {
  const words = event.type.replace(/\.v\d+$/, "").replaceAll(/[.-]/g, " ");
  return `${words[0]!.toUpperCase()}${words.slice(1)}`;
}

function collectSchemas(events: readonly EventDefinition[]) {
  const payloads: Record<string, unknown> = {};
  const schemas: Record<string, unknown> = {};
  for (const event of events) {
    const { $schema: _dialect, $defs: definitions = {}, ...payload } = eventJsonSchema(event);
    payloads[keyOf(event)] = toComponents(payload);
    for (const [name, schema] of Object.entries(definitions as JsonSchema)) {
      const shared = toComponents(schema);
      assert(
        schemas[name] === undefined || isDeepStrictEqual(schemas[name], shared),
        `two schemas are named ${name}`,
      );
      schemas[name] = shared;
    }
  }
  return { payloads, schemas };
}

function channelOf(event: EventDefinition) {
  return {
    address: event.type,
    title: titleOf(event),
    description: `The NATS subject \`${event.type}\`, kept in the JetStream stream \`${streams[event.emitter].stream}\`.`,
    servers: [{ $ref: "#/servers/nats" }],
    messages: { [keyOf(event)]: { $ref: `#/components/messages/${keyOf(event)}` } },
  };
}

function operationsOf(event: EventDefinition) {
  const key = keyOf(event);
  const about = {
    channel: { $ref: `#/channels/${key}` },
    messages: [{ $ref: `#/channels/${key}/messages/${key}` }],
    tags: [{ name: event.emitter }],
  };
  return {
    [`send.${key}`]: { action: "send", summary: `${event.emitter} says it. ${event.description}`, ...about },
    [`receive.${key}`]: {
      action: "receive",
      summary: `Whoever listens takes it in, at least once and in any order.`,
      ...about,
    },
  };
}

function messageOf(event: EventDefinition, payload: unknown) {
  return {
    name: event.type,
    title: titleOf(event),
    summary: event.description,
    contentType: "application/json",
    tags: [{ name: event.emitter }],
    correlationId: { $ref: "#/components/correlationIds/aggregate" },
    payload,
  };
}

const description = `Events are CloudEvents 1.0 in structured JSON. They travel on NATS JetStream: the event's type is its subject.

- **At least once, in any order.** Drop an \`id\` you have seen, and what is older (\`aggregateversion\`) than what you have of that \`subject\`.
- **Readers are tolerant.** A version of an event only ever gains optional fields; ignore what you do not know. What cannot be said that way becomes a new version (\`…v2\`), sent beside the old one.
- **Ids, never personal data.** Amounts are integers in the currency's minor unit, instants RFC 3339 in UTC.
- \`traceparent\` continues the W3C trace of the request that caused the event.`;

/** The whole document, ready to be written as YAML. */
export function asyncApiDocument(events: readonly EventDefinition[]) {
  const { payloads, schemas } = collectSchemas(events);
  const byKey = <T>(make: (event: EventDefinition) => T) =>
    Object.fromEntries(events.map((event) => [keyOf(event), make(event)]));
  return {
    asyncapi: "3.0.0",
    id: "https://holdfast.dev/events",
    info: {
      title: "Holdfast events",
      version: "1.0.0",
      description,
      license: { name: "Apache 2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      tags: emitters.map((emitter) => ({
        name: emitter,
        description: `Stream ${streams[emitter].stream}: ${streams[emitter].subjects.join(", ")}`,
      })),
    },
    defaultContentType: "application/json",
    servers: {
      nats: {
        host: "{host}:{port}",
        protocol: "nats",
        description: "JetStream, with one stream a service",
        variables: { host: { default: "127.0.0.1" }, port: { default: "42220" } },
        security: [{ $ref: "#/components/securitySchemes/user" }],
      },
    },
    channels: byKey(channelOf),
    operations: Object.assign({}, ...events.map(operationsOf)) as Record<string, unknown>,
    components: {
      messages: byKey((event) => messageOf(event, payloads[keyOf(event)])),
      schemas,
      correlationIds: {
        aggregate: { description: "What the event is about", location: "$message.payload#/subject" },
      },
      securitySchemes: {
        user: { type: "userPassword", description: "A NATS user; each may publish only what is its own" },
      },
    },
  };
}
