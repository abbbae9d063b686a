/** What every service stands on, opened in order and closed in the opposite one. */
import assert from "node:assert";
import type { Emitter } from "@holdfast/contracts/define-event";
import type { Kysely } from "kysely";
import { createBackoff } from "./backoff.ts";
import { type AuditSink, type OpenAuditSink, openAuditSink, reportToAuth } from "./audit.ts";
import { type Bus, connectBus } from "./bus.ts";
import { type Clock, createClock } from "./clock.ts";
import type { ConsumerDefinition } from "./consumer.ts";
import { type ChassisTables, type Database, openDatabase } from "./database.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import type { Route } from "./endpoint.ts";
import type { FoundationConfig } from "./foundation-config.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { createLogger, type Logger } from "./log.ts";
import { type Metrics, createMetrics } from "./metrics.ts";
import { migrate } from "./migrate.ts";
import { type Readiness, createReadiness } from "./readiness.ts";
import { type RedisClient, connectRedis } from "./redis.ts";
import { type Relay, type RelayOptions, startRelay } from "./relay.ts";
import { type HttpApp, type HttpServer, serveHttp } from "./serve-http.ts";
import { shareTestClock } from "./shared-test-clock.ts";
import { type Consumers, startConsumers } from "./start-consumers.ts";
import { keepKeySet } from "./keep-key-set.ts";
import { type Revocations, watchRevocations } from "./revocations.ts";
import { createServiceTokenSource } from "./service-token.ts";
import { type Telemetry, startTelemetry } from "./telemetry.ts";
import { type TokenVerifier, createTokenVerifier } from "./tokens.ts";
import { isUnavailable } from "./unavailable.ts";
import { type Transact, createTransactor } from "./unit-of-work.ts";

export interface FoundationOptions {
  readonly name: Emitter;
  /** With the service's own secret towards auth, which it tells of what it refuses; auth has its own way. */
  readonly config: FoundationConfig & { readonly CLIENT_SECRET?: string };
  /** The service's folder of migrations; null where it has none. */
  readonly migrations: URL | null;
  /** Events in one transaction of a consumer at most, and how long a batch may grow under load. */
  readonly consumerBatch?: { readonly max?: number; readonly lingerMs?: number };
  /** For tests of what a crash leaves. */
  readonly relay?: Pick<RelayOptions<ChassisTables>, "publishAtOnce" | "stream">;
}

export interface Foundation<DB extends ChassisTables> extends AsyncDisposable {
  readonly name: Emitter;
  readonly log: Logger;
  readonly clock: Clock;
  readonly db: Kysely<DB>;
  readonly transact: Transact<DB>;
  readonly bus: Bus;
  readonly relay: Relay;
  readonly redis: RedisClient;
  readonly revocations: Revocations;
  readonly tokens: TokenVerifier;
  readonly metrics: Metrics;
  readonly telemetry: Telemetry;
  readonly readiness: Readiness;
  /** Starts consuming; once. */
  startConsumers(definitions: readonly ConsumerDefinition<DB>[]): void;
  /** Serves the routes, and with them the operators' ones, health and the test clock; once. */
  serve(routes: readonly Route[], options?: ServeRoutesOptions): Promise<HttpServer>;
  /** Runs after HTTP is done and before the relay is flushed: batchers, sweeps. In the order added. */
  onDrain(work: () => Promise<void>): void;
  /** Not ready; no more events; requests in hand; what `onDrain` was given; the audit log; the outbox. Bounded, and done once. */
  drain(): Promise<void>;
}

export interface ServeRoutesOptions {
  /** In place of the verifier that asks auth for its keys; auth itself has them. */
  readonly tokens?: TokenVerifier;
  /** In place of reports to auth; auth itself keeps the audit log. */
  readonly audit?: AuditSink;
  readonly mount?: (app: HttpApp) => void;
}

/** Well within the ten seconds a process is given to stop. */
const httpDrainTimeoutMs = 5_000;
/** How long a start waits for Postgres. */
const databaseWaitMs = 30_000;

/**
 * Opens everything. Waits for Postgres, whose schema it brings up to date; NATS, Redis and auth may still be down.
 * Throws what opening threw, with what had been opened closed again.
 */
export async function openFoundation<DB extends ChassisTables>(
  options: FoundationOptions,
): Promise<Foundation<DB>> {
  const { name, config } = options;
  await using opening = new AsyncDisposableStack();
  const log = createLogger(name, config.LOG_LEVEL);
  const metrics = createMetrics(name);
  const readiness = createReadiness();
  const clock = createClock({ test: config.TEST_CLOCK === "on" });
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  const telemetry = opening.use(await startTelemetry({ name, endpoint, log }));
  const database = opening.use(openServiceDatabase<DB>(options, log));
  await migrateOnceUp(database, options, log);
  readiness.require("postgres", async () => (await database.pool.query("select 1")).rowCount === 1);
  const redis = opening.use(connectRedis({ url: config.REDIS_URL, log, metrics }));
  if (clock.test) opening.use(await shareTestClock({ clock, redis, log }));
  const bus = opening.use(
    connectBus({ url: config.NATS_URL, user: config.NATS_USER, password: config.NATS_PASSWORD, name, log }),
  );
  const { db } = database;
  // What is stored does not depend on the service's own tables, so neither does what publishes it.
  const relay = opening.use(
    startRelay<DB>({ ...options.relay, db, bus, emitter: name, log, metrics, telemetry }),
  );
  const revocations = opening.use(watchRevocations({ redis, bus, log }));
  const jwksUrl = new URL("/.well-known/jwks.json", config.AUTH_URL).href;
  const tokens = createTokenVerifier({
    jwksUrl,
    keeper: keepKeySet<DB>(db, jwksUrl),
    issuer: config.TOKEN_ISSUER,
    audience: config.TOKEN_AUDIENCE,
    revocations,
  });
  const closing = new AbortController();
  opening.defer(() => closing.abort());
  void tokens.fetchAhead(closing.signal);
  const transact = createTransactor<DB>({ db, outbox: relay, log, name });
  return new OpenFoundation(
    { name, log, clock, db, transact, bus, relay, redis, revocations, tokens, metrics, telemetry, readiness },
    options,
    opening.move(),
  );
}

function openServiceDatabase<DB extends ChassisTables>(
  options: FoundationOptions,
  log: Logger,
): Database<DB> {
  const { name, config } = options;
  return openDatabase<DB>({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL,
    applicationName: `holdfast-${name}`,
    log,
  });
}

async function migrateOnceUp(
  { pool }: Pick<Database<ChassisTables>, "pool">,
  { migrations }: FoundationOptions,
  log: Logger,
): Promise<void> {
  const until = performance.now() + databaseWaitMs;
  const backoff = createBackoff({ baseMs: 50, maxMs: 1_000 });
  for (;;) {
    try {
      await migrate({ pool, directory: migrations, log });
      return;
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > until) throw error;
      log.warn({ err: error }, "Postgres cannot be reached; trying again");
      await backoff.pause();
    }
  }
}

type Parts<DB extends ChassisTables> = Omit<
  Foundation<DB>,
  "startConsumers" | "serve" | "onDrain" | "drain" | typeof Symbol.asyncDispose
>;

class OpenFoundation<DB extends ChassisTables> implements Foundation<DB> {
  readonly name: Emitter;
  readonly log: Logger;
  readonly clock: Clock;
  readonly db: Kysely<DB>;
  readonly transact: Transact<DB>;
  readonly bus: Bus;
  readonly relay: Relay;
  readonly redis: RedisClient;
  readonly revocations: Revocations;
  readonly tokens: TokenVerifier;
  readonly metrics: Metrics;
  readonly telemetry: Telemetry;
  readonly readiness: Readiness;
  readonly #options: FoundationOptions;
  readonly #opened: AsyncDisposableStack;
  readonly #onDrain: (() => Promise<void>)[] = [];
  #definitions: readonly ConsumerDefinition<DB>[] = [];
  #consumers: Consumers | null = null;
  #server: HttpServer | null = null;
  #audit: OpenAuditSink | null = null;
  #drained: Promise<void> | null = null;

  constructor(parts: Parts<DB>, options: FoundationOptions, opened: AsyncDisposableStack) {
    this.name = parts.name;
    this.log = parts.log;
    this.clock = parts.clock;
    this.db = parts.db;
    this.transact = parts.transact;
    this.bus = parts.bus;
    this.relay = parts.relay;
    this.redis = parts.redis;
    this.revocations = parts.revocations;
    this.tokens = parts.tokens;
    this.metrics = parts.metrics;
    this.telemetry = parts.telemetry;
    this.readiness = parts.readiness;
    this.#options = options;
    this.#opened = opened;
    opened.use(startHousekeeping<DB>({ ...parts, consumers: () => this.#definitions }));
  }

  startConsumers(definitions: readonly ConsumerDefinition<DB>[]): void {
    assert(!this.#consumers, "consumers are started once");
    const { name, bus, transact, log, metrics, telemetry } = this;
    this.#definitions = definitions;
    const batch = this.#options.consumerBatch ?? {};
    this.#consumers = startConsumers<DB>({
      name,
      bus,
      transact,
      definitions,
      log,
      metrics,
      telemetry,
      batch,
    });
  }

  async serve(routes: readonly Route[], options: ServeRoutesOptions = {}): Promise<HttpServer> {
    assert(!this.#server, "routes are served once");
    const { name, db, transact, log, metrics, telemetry, readiness, clock } = this;
    const { config } = this.#options;
    const operations = deadLetterRoutes<DB>({ name, db, transact, definitions: () => this.#definitions });
    this.#server = await serveHttp({
      name,
      routes: [...routes, ...operations],
      tokens: options.tokens ?? this.tokens,
      audit: options.audit ?? this.#reportToAuth(),
      log,
      metrics,
      telemetry,
      readiness,
      clock,
      host: config.HOST,
      port: config.PORT,
      drainTimeoutMs: httpDrainTimeoutMs,
      ...(options.mount === undefined ? {} : { mount: options.mount }),
    });
    return this.#server;
  }

  #reportToAuth(): AuditSink {
    const { AUTH_URL: authUrl, CLIENT_SECRET: secret } = this.#options.config;
    assert(secret !== undefined, `${this.name} has no secret to report to the audit log with`);
    const { name: service, log, metrics } = this;
    const tokens = createServiceTokenSource({ authUrl, name: service, secret });
    this.#audit = openAuditSink({ service, write: reportToAuth({ authUrl, tokens }), log, metrics });
    this.#opened.use(this.#audit);
    return this.#audit;
  }

  onDrain(work: () => Promise<void>): void {
    this.#onDrain.push(work);
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  async #drain(): Promise<void> {
    this.readiness.drain();
    await this.#consumers?.drain();
    await this.#server?.drain();
    for (const work of this.#onDrain) await work();
    await this.#audit?.drain();
    await this.relay.drain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
    await this.#server?.[Symbol.asyncDispose]();
    await this.#opened.disposeAsync();
  }
}
