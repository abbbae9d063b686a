import { strict as assert } from "node:assert";
import { type Emitter, emitters } from "@holdfast/contracts/define-event";

/** The services that own a schema in Postgres and a stream in JetStream. The gateway owns neither. */
export const serviceNames = emitters;

/** A service that owns data. */
export type ServiceName = Emitter;

/** Who may log in to NATS: a service, or the operator who may do everything (tests and tools). */
export type NatsUser = ServiceName | "operator";

/** Passwords of the five services' database roles. */
export type PostgresPasswords = Readonly<Record<ServiceName, string>>;

/** Passwords of the five services' NATS users and of the operator. */
export type NatsPasswords = Readonly<Record<NatsUser, string>>;

function passwordFromEnvironment(server: "POSTGRES" | "NATS", user: string): string {
  // The default guards nothing: it is for servers that listen on this machine alone.
  return process.env[`${server}_${user.toUpperCase()}_PASSWORD`] ?? `${user}-on-this-machine`;
}

/** The database passwords: `POSTGRES_<SERVICE>_PASSWORD` (as in Docker Compose), else a fixed one for this machine. */
export function postgresPasswords(): PostgresPasswords {
  const of = (service: ServiceName): string => passwordFromEnvironment("POSTGRES", service);
  return {
    auth: of("auth"),
    catalog: of("catalog"),
    booking: of("booking"),
    payment: of("payment"),
    notification: of("notification"),
  };
}

/** The bus passwords: `NATS_<USER>_PASSWORD` (as in Docker Compose), else a fixed one for this machine. */
export function natsPasswords(): NatsPasswords {
  const of = (user: NatsUser): string => passwordFromEnvironment("NATS", user);
  const passwords = {
    auth: of("auth"),
    catalog: of("catalog"),
    booking: of("booking"),
    payment: of("payment"),
    notification: of("notification"),
    operator: of("operator"),
  };
  for (const [user, password] of Object.entries(passwords)) {
    // nats-server reads a variable's value as configuration: a number or a `#` in it would not stay a string.
    assert.match(
      password,
      /^[A-Za-z][A-Za-z0-9_-]*$/,
      `the NATS password of ${user} must be letters, digits, - and _, and begin with a letter`,
    );
  }
  return passwords;
}

/** The variables `deploy/nats/nats.conf` resolves. */
export function natsEnvironment(passwords: NatsPasswords): Record<string, string> {
  return Object.fromEntries(
    Object.entries(passwords).map(([user, password]) => [`NATS_${user.toUpperCase()}_PASSWORD`, password]),
  );
}
