/** The booking service on real servers, with a test in place of catalog, payment and auth. */
import type { Role } from "@holdfast/contracts/access";
import { randomUUID } from "node:crypto";
import { resourcePublished } from "@holdfast/contracts/events/catalog";
import { paymentAuthorised, paymentDeclined } from "@holdfast/contracts/events/payment";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { ResourceRulesInput } from "@holdfast/contracts/resource-snapshot";
import type { RunningService } from "@holdfast/chassis/run";
import { EventReader } from "@holdfast/testkit/services/event-reader";
import { openEventTap, type EventTap } from "@holdfast/testkit/bus/event-tap";
import { completeRules, deskRules, roundTheClock } from "@holdfast/testkit/resource-rules";
import { startServicePlatform, type ServicePlatform } from "@holdfast/testkit/services/service-platform";
import type { TokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { until } from "@holdfast/testkit/until";
import type pg from "pg";
import { readConfig, type Config } from "./config.ts";
import { startBooking } from "./service.ts";

/** A chair that is open at all times, by the half hour. */
export const chairRules = completeRules({
  ...deskRules,
  title: "Chair",
  kind: "chair",
  availability: roundTheClock(30),
  price: { per: "hour", amountMinor: 6000, currency: "EUR" },
});

/** An answer of the service, its JSON parsed. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into bodies of many shapes; each asserts what it expects of it.
  readonly body: Record<string, unknown>;
}

/** A file of the service. */
export interface FileReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Which version of which resource is published. */
export interface ResourceVersion {
  readonly resourceId: Id<"res">;
  readonly version: number;
}

/** Servers, the service on them, and the test's way of calling it. */
export class BookingWorld implements AsyncDisposable {
  readonly tap: EventTap;
  /** The service's own schema. */
  readonly sql: pg.Pool;
  readonly nats: ServicePlatform["nats"];
  readonly #config: Config;
  readonly #signer: TokenSigner;
  readonly #owned: AsyncDisposable;
  #service: RunningService;

  private constructor(
    { sql, signer, nats }: ServicePlatform,
    tap: EventTap,
    config: Config,
    service: RunningService,
    owned: AsyncDisposable,
  ) {
    this.tap = tap;
    this.sql = sql;
    this.nats = nats;
    this.#signer = signer;
    this.#config = config;
    this.#service = service;
    this.#owned = owned;
  }

  /** `environment`: settings beside those that every service under test has. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<BookingWorld> {
    await using stack = new AsyncDisposableStack();
    const platform = stack.use(await startServicePlatform("booking"));
    const tap = stack.use(await openEventTap(platform.nats));
    const given = {
      ...platform.environment,
      LOG_LEVEL: "error",
      TEST_CLOCK: "on",
      HOLDS_PER_GUEST: "0",
      ...environment,
    };
    const config = readConfig(given);
    const service = await startBooking(config);
    return new BookingWorld(platform, tap, config, service, stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
    await this.#owned[Symbol.asyncDispose]();
  }

  /** Stops the service and starts it again on the same data, `relay` saying what its predecessor's crash left. */
  async restart(relay: Parameters<typeof startBooking>[1] = {}): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
    this.#service = await startBooking(this.#config, relay);
  }

  async call(
    method: string,
    path: string,
    as: Caller | null,
    sent?: object,
    headers: object = {},
    at = this.#service,
  ): Promise<Reply> {
    const response = await fetch(`http://127.0.0.1:${at.port}${path}`, {
      method,
      headers: {
        ...(as ? this.#signer.authorization(as) : undefined),
        ...(sent ? { "content-type": "application/json" } : undefined),
        ...headers,
      },
      ...(sent ? { body: JSON.stringify(sent) } : undefined),
    });
    const text = await response.text();
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, headers: response.headers, body };
  }

  /** Opens a stream of events, with a token of its own. */
  stream(
    path: string,
    as: Caller & { readonly lifetimeSeconds?: number },
    lastEventId?: string,
    at = this.#service,
  ): Promise<EventReader> {
    return EventReader.open(
      `http://127.0.0.1:${at.port}${path}`,
      this.#signer.authorization(as),
      lastEventId,
    );
  }

  /** Starts another replica of the service on the same data; answers with the way to call it. */
  async startReplica(): Promise<AsyncDisposable & Pick<BookingWorld, "book" | "call" | "stream">> {
    const replica = await startBooking(this.#config);
    return {
      book: (as, sent, headers) => this.book(as, sent, headers, replica),
      call: (method, path, as, sent, headers) => this.call(method, path, as, sent, headers, replica),
      stream: (path, as, lastEventId) => this.stream(path, as, lastEventId, replica),
      [Symbol.asyncDispose]: () => replica[Symbol.asyncDispose](),
    };
  }

  /** Where the service answers. */
  urlOf(path: string): string {
    return `http://127.0.0.1:${this.#service.port}${path}`;
  }

  /** A file, as it is answered. */
  async file(path: string, as: Caller | null, headers: Record<string, string> = {}): Promise<FileReply> {
    const authorization = as ? this.#signer.authorization(as) : {};
    const response = await fetch(this.urlOf(path), { headers: { ...authorization, ...headers } });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /**
   * Starts work while rows are locked that it needs, and lets go of them once two transactions wait: they meet there.
   * `rows` selects them for update.
   */
  async meetAt<T>(rows: string, values: readonly unknown[], work: () => Promise<T>): Promise<T> {
    const holder = await this.sql.connect();
    try {
      await holder.query("begin");
      await holder.query(rows, [...values]);
      const started = work();
      await until("two transactions to wait", async () => {
        const waiting = await this.sql.query(
          "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        );
        return waiting.rowCount === 2;
      });
      await holder.query("commit");
      return await started;
    } finally {
      holder.release();
    }
  }

  /** A resource that catalog published, once booking knows of it; of a vendor of its own where none is said. */
  async publish(
    rules: Partial<ResourceRulesInput> = {},
    vendorId: Id<"vnd"> = newId("vnd"),
    { resourceId, version }: ResourceVersion = { resourceId: newId("res"), version: 1 },
  ): Promise<Id<"res">> {
    const data = {
      resourceId,
      vendorId,
      vendorName: "Salon",
      version,
      rules: completeRules({ ...chairRules, ...rules }),
    };
    await this.tap.emit(resourcePublished, { subject: resourceId, version, data });
    await until("the resource to be known", async () => {
      const known = await this.sql.query(
        "select from calendars join resources using (resource_id) where resource_id = $1 and resources.version = $2",
        [resourceId, version],
      );
      return known.rowCount === 1;
    });
    return resourceId;
  }

  /** Moves the service's business time forward. */
  async moveClock(by: Temporal.DurationLike): Promise<void> {
    const operator: Caller = { userId: newId("usr"), roles: ["admin"] };
    const { body } = await this.call("GET", "/internal/test-clock", operator);
    const now = Temporal.Instant.from(String(body["now"])).add(by).toString();
    await this.call("PUT", "/internal/test-clock", operator, { now });
  }

  /** Asks for a booking, under a key of its own unless `headers` bring one. */
  book(as: Caller, sent: object, headers: object = {}, at = this.#service): Promise<Reply> {
    const keyed = { "idempotency-key": randomUUID(), ...headers };
    return this.call("POST", "/v1/bookings", as, sent, keyed, at);
  }

  /** Payment's answer to a booking, as payment would give it. */
  async answerPayment(bookingId: unknown, kind: "authorised" | "declined"): Promise<void> {
    const facts = { paymentId: newId("pay"), bookingId: bookingId as Id<"bkg"> };
    const about = { subject: facts.paymentId, version: 1 };
    if (kind === "declined") {
      await this.tap.emit(paymentDeclined, { ...about, data: { ...facts, reason: "payment/card-declined" } });
      return;
    }
    const data = { ...facts, authorised: { amountMinor: 6000, currency: "EUR" } };
    await this.tap.emit(paymentAuthorised, { ...about, data });
  }
}

/** Who calls. */
export interface Caller {
  readonly userId: Id<"usr">;
  readonly roles: readonly Role[];
}

/** A new customer. */
export function newCustomer(): Caller {
  return { userId: newId("usr"), roles: ["customer"] };
}

/** An instant on a grid of half hours, some days ahead. */
export function slotAt(daysAhead: number, halfHour = 0): { startsAt: string; endsAt: string } {
  const midnight = Temporal.Now.zonedDateTimeISO("Europe/Lisbon").startOfDay().add({ days: daysAhead });
  const start = midnight.add({ minutes: 30 * halfHour }).toInstant();
  return { startsAt: start.toString(), endsAt: start.add({ minutes: 60 }).toString() };
}
