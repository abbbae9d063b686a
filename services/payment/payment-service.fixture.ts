/** The payment service on real servers and the Stripe stand-in, with a test in place of booking. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  bookingCancelled,
  bookingChangeDropped,
  bookingChangeHeld,
  bookingCompleted,
  bookingConfirmed,
  bookingDeclined,
  bookingExpired,
  type BookingFacts,
  bookingHeld,
  bookingNoShow,
  bookingRescheduled,
} from "@holdfast/contracts/events/booking";
import type { PaymentView } from "@holdfast/contracts/api/payment";
import type { EventData } from "@holdfast/contracts/define-event";
import { type Id, newId } from "@holdfast/contracts/ids";
import { openEventTap } from "@holdfast/testkit/bus/event-tap";
import type { PostgresHandle } from "@holdfast/testkit/servers/postgres";
import { startServicePlatform } from "@holdfast/testkit/services/service-platform";
import { startStripeStandIn } from "@holdfast/testkit/stripe/stand-in";
import { until } from "@holdfast/testkit/until";
import { readConfig } from "./config.ts";
import { startOthers } from "./others.fixture.ts";
import { whenAsked } from "./reconciliation/reconcile.fixture.ts";
import { startPayment } from "./service.ts";

export const webhookSecret = "whsec_the_present_one";

/** How it is paid: by this payment method at once, or as booking's event says. */
type Paid =
  | string
  | Partial<Pick<EventData<typeof bookingHeld>, "provider" | "paymentMethod" | "capture" | "saveMethod">>;

function said(paid: Paid | undefined) {
  return typeof paid === "string" ? { paymentMethod: paid } : paid;
}

/** A booking as booking would tell of it; each call emits the next event of its life. */
export interface TestBooking {
  readonly bookingId: Id<"bkg">;
  readonly customerId: Id<"usr">;
  readonly vendorId: Id<"vnd">;
  readonly facts: BookingFacts;
  held(paid?: Paid, id?: `evt_${string}`): Promise<`evt_${string}`>;
  confirmed(): Promise<unknown>;
  declined(byVendor?: boolean): Promise<unknown>;
  expired(latePayment?: boolean): Promise<unknown>;
  cancelled(keepMinor: number): Promise<unknown>;
  noShow(keepMinor: number): Promise<unknown>;
  completed(): Promise<unknown>;
  changeHeld(charge: number, dueMinor: number, paid?: Paid): Promise<unknown>;
  changeDropped(charge: number): Promise<unknown>;
  /** `moved`: the facts that are other ones then. */
  rescheduled(keepMinor: number, charge?: number, moved?: Partial<BookingFacts>): Promise<unknown>;
}

export const totalMinor = 10_000;
const taxMinor = 1_597;

type Servers = Awaited<ReturnType<typeof openServers>>;

async function openServers(stack: AsyncDisposableStack, postgres?: PostgresHandle) {
  const { nats, signer, sql, ...platform } = stack.use(await startServicePlatform("payment", postgres));
  const tap = stack.use(await openEventTap(nats));
  const stripe = stack.use(await startStripeStandIn({ webhookSecret }));
  const others = stack.use(await startOthers(signer));
  const environment: Readonly<Record<string, string>> = {
    ...platform.environment,
    AUTH_URL: others.url,
    CATALOG_URL: others.url,
    BOOKING_URL: others.url,
    STRIPE_API_KEY: "sk_test_holdfast",
    STRIPE_WEBHOOK_SECRET: `whsec_the_next_one,${webhookSecret}`,
    STRIPE_API_URL: stripe.url,
    STRIPE_TIMEOUT_MS: "400",
    STRIPE_BREAKER_OPEN_MS: "300",
    STRIPE_LOOK_AFTER_MS: "300",
    COMMISSION_BASIS_POINTS: "1500",
    ...whenAsked,
    TEST_CLOCK: "on",
  };
  return { signer, tap, stripe, others, sql, environment };
}

function newFacts(): BookingFacts {
  return {
    bookingId: newId("bkg"),
    resourceId: newId("res"),
    vendorId: newId("vnd"),
    customerId: newId("usr"),
    resourceTitle: "Chair",
    vendorName: "Salon",
    zone: "Europe/Lisbon",
    startsAt: "2030-01-01T10:00:00Z",
    endsAt: "2030-01-01T11:00:00Z",
    quantity: 1,
    total: { amountMinor: totalMinor, currency: "EUR" },
    taxMinor,
  };
}

function newBooking(tap: Servers["tap"], of: Partial<BookingFacts> = {}): TestBooking {
  const facts = { ...newFacts(), ...of };
  const { bookingId } = facts;
  let version = 1;
  const next = () => ({ subject: bookingId, version: (version += 1) });
  return {
    bookingId,
    customerId: facts.customerId,
    vendorId: facts.vendorId,
    facts,
    held: (paid, id) =>
      tap.emit(bookingHeld, {
        subject: bookingId,
        version: 1,
        data: { ...facts, holdExpiresAt: "2030-01-01T09:00:00Z", ...said(paid) },
        ...(id && { id }),
      }),
    confirmed: () => tap.emit(bookingConfirmed, { ...next(), data: facts }),
    declined: (byVendor = false) =>
      tap.emit(bookingDeclined, {
        ...next(),
        data: { ...facts, reason: byVendor ? "booking/not-approved" : "payment/card-declined", byVendor },
      }),
    expired: (latePayment = false) =>
      tap.emit(bookingExpired, { ...next(), data: { ...facts, latePayment } }),
    cancelled: (keepMinor) =>
      tap.emit(bookingCancelled, {
        ...next(),
        data: { ...facts, wasConfirmed: true, keepMinor, refundMinor: facts.total.amountMinor - keepMinor },
      }),
    completed: () => tap.emit(bookingCompleted, { ...next(), data: facts }),
    noShow: (keepMinor) =>
      tap.emit(bookingNoShow, { ...next(), data: { ...facts, keepMinor, refundMinor: 0 } }),
    changeHeld: (charge, dueMinor, paid) =>
      tap.emit(bookingChangeHeld, {
        ...next(),
        data: {
          ...facts,
          charge,
          due: { amountMinor: dueMinor, currency: "EUR" },
          changeExpiresAt: "2030-01-01T09:00:00Z",
          ...said(paid),
        },
      }),
    changeDropped: (charge) => tap.emit(bookingChangeDropped, { ...next(), data: { ...facts, charge } }),
    rescheduled: (keepMinor, charge, moved = {}) =>
      tap.emit(bookingRescheduled, {
        ...next(),
        data: {
          ...facts,
          ...moved,
          total: { amountMinor: keepMinor, currency: "EUR" },
          previous: { startsAt: facts.startsAt, endsAt: facts.endsAt, total: facts.total },
          ...(charge !== undefined && { charge }),
          keepMinor,
          refundMinor: 0,
        },
      }),
  };
}

/** Where the service's business clock stands, once it was moved forward by so many hours. */
function clockOf(signer: Servers["signer"], port: () => number) {
  const call = async (method: string, sent?: object): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port()}/internal/test-clock`, {
      method,
      headers: {
        ...signer.authorization({ userId: newId("usr"), roles: ["admin"] }),
        "content-type": "application/json",
      },
      ...(sent && { body: JSON.stringify(sent) }),
      signal: AbortSignal.timeout(5_000),
    });
    return response.text();
  };
  return async (hours: number): Promise<Temporal.Instant> => {
    const { now: at } = JSON.parse(await call("GET")) as { readonly now: string };
    const now = Temporal.Instant.from(at).add({ seconds: Math.round(hours * 3_600) });
    if (hours > 0) await call("PUT", { now: now.toString() });
    return now;
  };
}

/** What a test asks of the world around the service, whichever way the service runs. */
function observers({ signer, tap, stripe, sql }: Servers, port: () => number) {
  const show = async ({ bookingId, customerId }: Pick<TestBooking, "bookingId" | "customerId">) => {
    const response = await fetch(`http://127.0.0.1:${port()}/v1/bookings/${bookingId}/payment`, {
      headers: signer.authorization({ userId: customerId, roles: ["customer"] }),
      signal: AbortSignal.timeout(5_000),
    });
    return {
      status: response.status,
      body: (await response.json()) as PaymentView & { readonly code?: string },
    };
  };
  const reaches = (booking: TestBooking, status: PaymentView["status"], deadlineMs = 15_000) =>
    until(
      `${booking.bookingId} to be ${status}`,
      async () => {
        const { body } = await show(booking);
        return body.status === status && body;
      },
      deadlineMs,
    );
  const chargeReaches = (booking: TestBooking, charge: number, status: PaymentView["status"]) =>
    until(`charge ${charge} of ${booking.bookingId} to be ${status}`, async () => {
      const { charges } = (await show(booking)).body;
      return charges?.find((one) => one.charge === charge && one.status === status);
    });
  /** Types of the events emitted about a booking's payment, in order. */
  const told = async (booking: TestBooking, ...expected: readonly string[]): Promise<string[]> => {
    const rows = async () => {
      const found = await sql.query<{ subject: string }>(
        "select subject from outbox where envelope::json -> 'data' ->> 'bookingId' = $1 order by id",
        [booking.bookingId],
      );
      return found.rows.map(({ subject }) => subject);
    };
    await until(`${expected.length} events`, async () => (await rows()).length >= expected.length);
    return rows();
  };
  /** The booking's intents as the stand-in's books have them. */
  const books = ({ bookingId }: TestBooking) =>
    stripe.ledger().intents.filter(({ metadata }) => metadata["booking_id"] === bookingId);
  /** What the guest's browser does. */
  const guest = async (path: string, body: object) => {
    const response = await fetch(`${stripe.url}/_stand-in/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
    return response.status;
  };
  const moveClock = clockOf(signer, port);
  const book = (of?: Partial<BookingFacts>) => newBooking(tap, of);
  return { show, reaches, chargeReaches, told, books, guest, moveClock, book };
}

/** Starts the servers and the service inside this process. */
export async function startPaymentWorld() {
  await using stack = new AsyncDisposableStack();
  const opened = await openServers(stack);
  const service = stack.use(await startPayment(readConfig(opened.environment)));
  opened.stripe.setEndpoint({ url: `http://127.0.0.1:${service.port}/v1/webhooks/stripe` });
  const owned = stack.move();
  return {
    ...opened,
    ...observers(opened, () => service.port),
    port: service.port,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
export type PaymentWorld = Awaited<ReturnType<typeof startPaymentWorld>>;

/** Starts the servers, and the service as a process that can be killed; a test that breaks Postgres gives its own. */
export async function startKillableWorld(
  settings: Readonly<Record<string, string>> = {},
  postgres?: PostgresHandle,
) {
  await using stack = new AsyncDisposableStack();
  const opened = await openServers(stack, postgres);
  let child: ChildProcess | null = null;
  let port = 0;
  const kill = async () => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  const start = async () => {
    child = fork(new URL("./main.ts", import.meta.url), [], {
      env: { ...opened.environment, ...settings },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const signal = AbortSignal.timeout(30_000);
    const [message] = (await once(child, "message", { signal })) as [{ port: number }];
    port = message.port;
    opened.stripe.setEndpoint({ url: `http://127.0.0.1:${port}/v1/webhooks/stripe` });
  };
  stack.defer(kill);
  await start();
  const owned = stack.move();
  return {
    ...opened,
    ...observers(opened, () => port),
    /** Another after each start. */
    get port() {
      return port;
    },
    start,
    kill,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
export type KillableWorld = Awaited<ReturnType<typeof startKillableWorld>>;
