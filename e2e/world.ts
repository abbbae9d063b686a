/** The whole platform for an end-to-end test, driven through the gateway as its users would. */
import {
  publishResource,
  createResource,
  registerVendor,
  verifyVendor,
} from "@holdfast/contracts/api/catalog";
import { submitVendor } from "@holdfast/contracts/api/vendors";
import { getBooking, listSlots, type BookingView, type SlotView } from "@holdfast/contracts/api/booking";
import { getPayment, type PaymentView } from "@holdfast/contracts/api/payment";
import type { Id } from "@holdfast/contracts/ids";
import type { resourceRules } from "@holdfast/contracts/resource-snapshot";
import { fewAtATime } from "@holdfast/testkit/few-at-a-time";
import { ApiClient } from "@holdfast/testkit/platform/api-client";
import { startPlatform, type Platform } from "@holdfast/testkit/platform/start-platform";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { type CollectedSpan, startTraceCollector } from "@holdfast/testkit/telemetry/trace-collector";
import { until } from "@holdfast/testkit/until";
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { z } from "zod";

type Rules = z.input<typeof resourceRules>;

/** One delivered mail, as the inbox lists it. */
export interface Mail {
  readonly id: string;
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly attachments: readonly { readonly contentType: string; readonly filename: string }[];
}

const settings = {
  ports: "free",
  testClock: true,
  rateLimits: false,
  passwordHashing: "quick",
  logLevel: "warn",
} as const;

/** The one that files share, once a file has asked for it; it ends with this process, or before the other starts. */
let shared: Promise<Platform> | undefined;
/** The one that files break, likewise. */
let breakable: Promise<Platform> | undefined;
/** What the shared one has recorded of traces. */
let spans: readonly CollectedSpan[] = [];
/** Where business time was moved to last. */
const movedTo = new WeakMap<Platform, Temporal.Instant>();

/** Where a booking passes through, it records the traces whose callers want that, and no others. */
async function startShared(): Promise<Platform> {
  const collector = await startTraceCollector();
  spans = collector.spans;
  const traced = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER: "parentbased_always_off",
    OTEL_BSP_SCHEDULE_DELAY: "100",
  };
  const environment = { gateway: traced, booking: traced, payment: traced, notification: traced };
  return await startPlatform({ ...settings, environment });
}

/** Of booking there are two: the gateway calls the first, and both share the events. */
async function startBreakable(): Promise<Platform> {
  const idle = shared;
  shared = undefined;
  // It would take the cores of this one.
  await (await idle?.catch(() => undefined))?.stop();
  return await startPlatform({ ...settings, replicas: { booking: 2 } });
}

/** A running platform with the accounts and shortcuts that tests share. */
export class World implements AsyncDisposable {
  readonly platform: Platform;
  readonly anyone: ApiClient;
  /** Logged in for five minutes; a longer test logs in again. */
  admin: ApiClient;
  readonly vendor: ApiClient;
  readonly #vendorId: Id<"vnd">;
  /** The platform's database, as its administrator. */
  readonly sql: pg.Pool;

  private constructor(
    platform: Platform,
    clients: { admin: ApiClient; vendor: ApiClient },
    vendorId: Id<"vnd">,
  ) {
    this.platform = platform;
    this.anyone = new ApiClient(platform.gatewayUrl);
    this.admin = clients.admin;
    this.vendor = clients.vendor;
    this.#vendorId = vendorId;
    this.sql = new pg.Pool({ connectionString: platform.database.adminUrl, max: 3 });
    this.sql.on("error", () => undefined);
  }

  /**
   * On the platform that files share: starting one takes longer than most of their tests. Others have been there before,
   * so dates count from `today`, and what is counted is one's own.
   */
  static async enter(): Promise<World> {
    shared ??= startShared();
    return await World.#on(await shared);
  }

  /**
   * On the platform that files break, each of which leaves it whole to the next. Of booking one process runs; the second
   * does where two are asked for.
   */
  static async enterToBreak({ bookings }: { readonly bookings: 1 | 2 } = { bookings: 1 }): Promise<World> {
    breakable ??= startBreakable();
    const platform = await breakable;
    const second = platform.service("booking", 1);
    if (bookings === 1) await second.stop();
    else {
      second.start();
      await second.ready();
    }
    return await World.#on(platform);
  }

  static async #on(platform: Platform): Promise<World> {
    const anyone = new ApiClient(platform.gatewayUrl);
    const admin = await anyone.logIn(platform.admin);
    const vendor = await admin.register("vendor");
    const { vendorId } = await vendor.call(registerVendor, { body: { name: "The House" } });
    const documents = [{ kind: "trade-licence", reference: "https://documents.example/house" }];
    await vendor.call(submitVendor, { params: { vendorId }, body: { documents } });
    await admin.call(verifyVendor, { params: { vendorId } });
    return new World(platform, { admin, vendor }, vendorId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end();
  }

  /** What has been recorded of traces on the platform that files share; grows by itself. */
  get spans(): readonly CollectedSpan[] {
    return spans;
  }

  /** New guests. */
  guests(count: number): Promise<ApiClient[]> {
    return fewAtATime(Array.from({ length: count }), () => this.admin.register("customer"));
  }

  /** A published resource that booking knows of. */
  async publish(rules: Partial<Rules> = {}): Promise<Id<"res">> {
    const resourceId = await this.offer(rules);
    await this.bookable(resourceId);
    return resourceId;
  }

  /** Creates and publishes a resource; each call to the API goes through `ask`. */
  async offer(
    rules: Partial<Rules> = {},
    ask: <T>(call: () => Promise<T>) => Promise<T> = (call) => call(),
  ): Promise<Id<"res">> {
    const body = { vendorId: this.#vendorId, rules: { ...deskRules, ...rules } };
    const idempotencyKey = randomUUID();
    const { resourceId } = await ask(() => this.vendor.call(createResource, { body, idempotencyKey }));
    await ask(() => this.vendor.call(publishResource, { params: { resourceId } }));
    return resourceId;
  }

  /** Waits until booking knows that the resource is published. */
  async bookable(resourceId: Id<"res">): Promise<void> {
    await until("the resource to be bookable", async () => {
      const known = await this.sql.query(
        "select 1 from booking.resources where resource_id = $1 and bookable",
        [resourceId],
      );
      return known.rowCount === 1;
    });
  }

  /** The date in Lisbon, by the clock that is moved. */
  get today(): Temporal.PlainDate {
    const now = movedTo.get(this.platform) ?? Temporal.Now.instant();
    return now.toZonedDateTimeISO("Europe/Lisbon").toPlainDate();
  }

  /** The free slots of a resource on a day so many days ahead. */
  async slots(resourceId: Id<"res">, daysAhead = 3): Promise<SlotView[]> {
    const date = this.today.add({ days: daysAhead }).toString();
    const { slots } = await this.anyone.call(listSlots, {
      params: { resourceId },
      query: { from: date, to: date },
    });
    return slots;
  }

  /** A guest's booking, once it meets the condition. */
  async booking(
    guest: ApiClient,
    bookingId: Id<"bkg">,
    condition: (booking: BookingView) => boolean,
    deadlineMs?: number,
  ): Promise<BookingView> {
    return until(
      `booking ${bookingId}`,
      async () => {
        const booking = await guest.call(getBooking, { params: { bookingId } });
        return condition(booking) && booking;
      },
      deadlineMs,
    );
  }

  /** A booking's payment, once it meets the condition. */
  async payment(
    guest: ApiClient,
    bookingId: Id<"bkg">,
    condition: (payment: PaymentView) => boolean,
  ): Promise<PaymentView> {
    return until(`the payment of ${bookingId}`, async () => {
      const payment = await guest.call(getPayment, { params: { bookingId } }).catch(() => undefined);
      return payment !== undefined && condition(payment) && payment;
    });
  }

  /** Mails to an address; with `duplicates` every delivery, else each message once, as a mailbox shows it. */
  async mails(query: { to?: string; duplicates?: boolean } = {}): Promise<Mail[]> {
    const url = new URL("/messages?limit=1000", this.platform.urlOf("mail"));
    if (query.to !== undefined) url.searchParams.set("to", query.to);
    if (query.duplicates) url.searchParams.set("duplicates", "true");
    const response = await fetch(url);
    return ((await response.json()) as { messages: Mail[] }).messages;
  }

  /** How many mails are written down and not sent yet. */
  async mailsWaiting(): Promise<number> {
    const { rows } = await this.sql.query<{ count: string }>(
      "select count(*) from notification.messages where status = 'waiting'",
    );
    return Number(rows[0]?.count);
  }

  /** Moves business time for every service together, as an integrator's sandbox would. */
  async moveClock(now: Temporal.Instant): Promise<void> {
    const response = await fetch(`${this.platform.gatewayUrl}/v1/test-clock`, {
      method: "PUT",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${this.admin.tokens.accessToken}`,
      },
      body: JSON.stringify({ now: now.toString() }),
    });
    if (!response.ok) throw new Error(`the clock did not move: ${await response.text()}`);
    movedTo.set(this.platform, now);
  }

  /** Sets switches of the Stripe stand-in. */
  async stripe(switches: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    const url = `${this.platform.urlOf("stripe")}/_stand-in/switches`;
    const response = await fetch(url, { method: "PUT", headers, body: JSON.stringify(switches) });
    if (!response.ok) throw new Error(`the stand-in refused the switches: ${await response.text()}`);
  }

  /** Sets switches of the mail server; those left out are off. */
  async mailServer(switches: object): Promise<void> {
    const headers = { "content-type": "application/json" };
    const url = `${this.platform.urlOf("mail")}/switches`;
    const response = await fetch(url, { method: "PUT", headers, body: JSON.stringify(switches) });
    if (!response.ok) throw new Error(`the mail server refused the switches: ${await response.text()}`);
  }

  /** Empties every mailbox. */
  async forgetMails(): Promise<void> {
    await fetch(`${this.platform.urlOf("mail")}/messages`, { method: "DELETE" });
  }

  /** Waits until so many mails have been delivered, repetitions included. */
  async mailsDelivered(count: number): Promise<void> {
    await until(
      `${count} mails`,
      async () => {
        const response = await fetch(`${this.platform.urlOf("mail")}/count`);
        return ((await response.json()) as { received: number }).received >= count;
      },
      30_000,
    );
  }
}
