/** Writes `deploy/nats/nats.conf` from what the contracts declare: `node packages/testkit/servers/nats-permissions.ts`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { consumerName } from "@holdfast/chassis/consumer";
import { streams } from "@holdfast/contracts/define-event";
import { allEvents } from "@holdfast/contracts/events/all";
import { type ServiceName, serviceNames } from "./services.ts";

/** The configuration every nats-server of the platform runs with. */
export const natsConfigFile = join(import.meta.dirname, "../../../deploy/nats/nats.conf");

const head = `# nats-server for Holdfast, 2.9 and later. Store folder, port and monitor come from the command line:
#   nats-server -c nats.conf -p 4222 -m 8222 -sd /data
#
# Written by \`node packages/testkit/servers/nats-permissions.ts\` from the events the contracts declare; do not edit.
#
# Passwords come from the environment. nats-server reads a variable's value as configuration, so a password is letters,
# digits, - and _, and begins with a letter.
#
# What a service may do, and nothing else:
# - publish under the subjects it owns, and read every service's subjects;
# - create, update and read its own stream; read about every stream; delete and purge none;
# - create, read, pull, acknowledge and delete one consumer an event, named after itself and the event. A wildcard in a
#   subject stands for a whole token, never for the rest of one, so a prefix cannot be granted and every name is listed;
# - receive answers under its own inbox ("_INBOX_payment"), so that no service can listen to another's.

jetstream: enabled

authorization {
  users = [
    # For tests, operators' tools and health checks: everything.
    { user: operator, password: $NATS_OPERATOR_PASSWORD }
`;

const tail = `  ]
}
`;

function list(subjects: readonly string[]): string {
  return subjects.map((subject) => JSON.stringify(subject)).join(", ");
}

/** What a service needs for its own consumer of each event. */
function consumerSubjects(service: ServiceName): string[][] {
  return allEvents.map((event) => {
    const { stream } = streams[event.emitter];
    const name = consumerName(service, { event });
    const api = "$JS.API.CONSUMER";
    return [
      // The client names the filter in the subject, and the server holds the request to it.
      `${api}.CREATE.${stream}.${name}.${event.type}`,
      `${api}.INFO.${stream}.${name}`,
      `${api}.DELETE.${stream}.${name}`,
      `${api}.MSG.NEXT.${stream}.${name}`,
      `$JS.ACK.${stream}.${name}.>`,
      // The long form of newer servers, with a domain and an account's hash before the stream.
      `$JS.ACK.*.*.${stream}.${name}.>`,
    ];
  });
}

function userBlock(service: ServiceName): string {
  const { stream, subjects } = streams[service];
  const readable = serviceNames.flatMap((owner) => streams[owner].subjects);
  const publish = [
    [...subjects],
    [
      "$JS.API.INFO",
      "$JS.API.STREAM.INFO.*",
      `$JS.API.STREAM.CREATE.${stream}`,
      `$JS.API.STREAM.UPDATE.${stream}`,
    ],
    ...consumerSubjects(service),
  ];
  return `
    {
      user: ${service}
      password: $NATS_${service.toUpperCase()}_PASSWORD
      permissions: {
        subscribe: [${list([`_INBOX_${service}.>`, ...readable])}]
        publish: [
${publish.map((line) => `          ${list(line)}`).join(",\n")}
        ]
      }
    }
`;
}

/** The text of `deploy/nats/nats.conf`. */
export function natsConfig(): string {
  return [head, ...serviceNames.map(userBlock), tail].join("");
}

if (import.meta.main) await writeFile(natsConfigFile, natsConfig());
