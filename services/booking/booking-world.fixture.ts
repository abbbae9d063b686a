/** The booking service on real servers, with a test in place of catalog, payment and auth. */
import type { Role } from "@holdfast/contracts/access";
import { resourcePublished } from "@holdfast/contracts/events/catalog";
import { newId, type Id } from "@holdfast/contracts/ids";
import type { ResourceRules } from "@holdfast/contracts/resource-snapshot";
import { openEventTap } from "@holdfast/testkit/bus/event-tap";
import { startBackingServers } from "@holdfast/testkit/servers/backing-servers";
import { startTokenSigner } from "@holdfast/testkit/tokens/token-signer";
import { until } from "@holdfast/testkit/until";
import pg from "pg";
import { readConfig } from "./config.ts";
import { startBooking } from "./service.ts";

export const chairRules: ResourceRules = {
  title: "Chair",
  kind: "chair",
  description: "",
  zone: "Europe/Lisbon",
  capacity: 1,
  availability: {
    by: "hours",
    weekly: Object.fromEntries(
      ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [day, [{ from: "00:00", to: "24:00" }]]),
    ),
    granularityMinutes: 30,
    minimumMinutes: 30,
    maximumMinutes: 480,
  },
  price: { per: "hour", amountMinor: 6000, currency: "EUR" },
  cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 50 },
  holdMinutes: 10,
  noticeMinutes: 0,
  windowDays: 365,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 0,
  closedOn: [],
};

/** An answer of the service, its JSON parsed. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into bodies of many shapes; each asserts what it expects of it.
  readonly body: Record<string, unknown>;
}

/** Starts servers and the service; `restart` stops the service and starts another on the same data. */
export async function startBookingWorld() {
  await using stack = new AsyncDisposableStack();
  const servers = stack.use(await startBackingServers({ ephemeral: true }));
  const database = await servers.postgres.createDatabase("booking_test");
  const signer = stack.use(await startTokenSigner());
  const tap = stack.use(await openEventTap(servers.nats));
  const sql = new pg.Pool({ connectionString: database.urlFor("booking"), max: 4 });
  sql.on("error", () => undefined);
  stack.defer(() => sql.end());
  const config = readConfig({
    HOLDFAST_ENV: "test",
    LOG_LEVEL: "error",
    TEST_CLOCK: "on",
    DATABASE_URL: database.urlFor("booking"),
    NATS_URL: servers.nats.url,
    NATS_USER: "booking",
    NATS_PASSWORD: servers.nats.passwords.booking,
    REDIS_URL: servers.redis.url,
    AUTH_URL: signer.url,
    TOKEN_ISSUER: signer.issuer,
    TOKEN_AUDIENCE: signer.audience,
  });
  let service = await startBooking(config);
  stack.defer(() => service[Symbol.asyncDispose]());
  const call = async (
    method: string,
    path: string,
    as: Caller | null,
    sent?: object,
    headers: object = {},
  ) => {
    const response = await fetch(`http://127.0.0.1:${service.port}${path}`, {
      method,
      headers: {
        ...(as ? signer.authorization(as) : undefined),
        ...(sent ? { "content-type": "application/json" } : undefined),
        ...headers,
      },
      ...(sent ? { body: JSON.stringify(sent) } : undefined),
    });
    const text = await response.text();
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, headers: response.headers, body } satisfies Reply;
  };
  const publish = async (rules: Partial<ResourceRules> = {}): Promise<Id<"res">> => {
    const resourceId = newId("res");
    const data = {
      resourceId,
      vendorId: newId("vnd"),
      vendorName: "Salon",
      version: 1,
      rules: { ...chairRules, ...rules },
    };
    await tap.emit(resourcePublished, { subject: resourceId, version: 1, data });
    await until("the resource to be known", async () => {
      const known = await sql.query("select 1 from calendars where resource_id = $1", [resourceId]);
      return known.rowCount === 1;
    });
    return resourceId;
  };
  const owned = stack.move();
  return {
    servers,
    tap,
    sql,
    call,
    publish,
    /** Stops the service and starts it again on the same data, `relay` saying what its predecessor's crash left. */
    async restart(relay: Parameters<typeof startBooking>[1] = {}) {
      await service[Symbol.asyncDispose]();
      service = await startBooking(config, relay);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
export type BookingWorld = Awaited<ReturnType<typeof startBookingWorld>>;

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
