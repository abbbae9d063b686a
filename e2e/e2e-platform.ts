/** What every end-to-end test stands on: the whole platform as it runs in production, business time that can be moved. */
import type { z } from "zod";
import { listSlots, type SlotView } from "@holdfast/contracts/api/booking";
import {
  createResource,
  publishResource,
  registerVendor,
  type ResourceView,
  verifyVendor,
} from "@holdfast/contracts/api/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { resourceRules } from "@holdfast/contracts/resource-snapshot";
import type { ReadableMail } from "@holdfast/testkit/mail/read-mail";
import type { MailSwitches } from "@holdfast/testkit/mail/switches";
import { ApiClient, ApiError } from "@holdfast/testkit/platform/api-client";
import { formatLogLine } from "@holdfast/testkit/platform/log-line";
import {
  type Platform,
  type PlatformOptions,
  startPlatform,
} from "@holdfast/testkit/platform/start-platform";
import type { Ledger } from "@holdfast/testkit/stripe/ledger";
import type { SwitchChanges } from "@holdfast/testkit/stripe/switches";
import { until } from "@holdfast/testkit/until";

type Rules = z.input<typeof resourceRules>;

const requestMs = 10_000;
const bookableMs = 15_000;

/** A vendor's resource that can be booked, and the vendor's own view of the API. */
type Offer = { readonly vendor: ApiClient; readonly resource: ResourceView };

export type E2ePlatform = AsyncDisposable & {
  readonly platform: Platform;
  /** The API for anyone; `register` and `logIn` give it for an account. */
  readonly anyone: ApiClient;
  /** Logs the administrator in anew: a token lasts five minutes. */
  admin(): Promise<ApiClient>;
  /** A new vendor, verified, with one published resource: a chair open round the clock, changed as asked. Waits until it is bookable. */
  offer(changes?: Partial<Rules>): Promise<Offer>;
  /** What can be booked on the dates `from` days ahead of business time's today, and `days` from there. */
  slots(resourceId: Id<"res">, from: number, days?: number): Promise<SlotView[]>;
  /** Business time. */
  now(): Promise<Temporal.Instant>;
  /** Moves every service's business time forward. */
  moveClock(to: Temporal.Instant): Promise<void>;
  /** The mails in one person's inbox, newest first, once there are as many as that. @throws when they do not come in 10 s. */
  mailsTo(
    email: string,
    options?: { readonly subject?: string; readonly count?: number },
  ): Promise<ReadableMail[]>;
  switchMail(changes: Partial<MailSwitches>): Promise<void>;
  switchStripe(changes: SwitchChanges): Promise<void>;
  /** What Stripe holds: every intent, charge and refund, in minor units. */
  stripeLedger(): Promise<Ledger>;
};

const allDay = [{ from: "00:00", to: "24:00" }];

const chairRules: Rules = {
  title: "Chair",
  kind: "chair",
  zone: "Europe/Lisbon",
  capacity: 1,
  availability: {
    by: "hours",
    weekly: { mon: allDay, tue: allDay, wed: allDay, thu: allDay, fri: allDay, sat: allDay, sun: allDay },
    granularityMinutes: 60,
    minimumMinutes: 60,
    maximumMinutes: 480,
  },
  price: { per: "hour", amountMinor: 6_000, currency: "EUR" },
  cancellation: { fullRefundUntilHours: 24, refundPercentAfter: 50 },
};

async function request(
  url: string,
  init: { method?: string; body?: object; token?: string } = {},
): Promise<unknown> {
  const answer = await fetch(url, {
    method: init.method ?? "GET",
    headers: {
      "content-type": "application/json",
      ...(init.token === undefined ? {} : { authorization: `Bearer ${init.token}` }),
    },
    body: init.body === undefined ? null : JSON.stringify(init.body),
    signal: AbortSignal.timeout(requestMs),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method ?? "GET"} ${url} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

function showLogs(name: string, line: string): void {
  process.stdout.write(`${formatLogLine(name, line, { colours: false })}\n`);
}

async function slotsOf(anyone: ApiClient, resourceId: Id<"res">, from: Temporal.PlainDate, days: number) {
  const query = { from: from.toString(), to: from.add({ days: days - 1 }).toString() };
  return (await anyone.call(listSlots, { params: { resourceId }, query })).slots;
}

async function makeOffer(anyone: ApiClient, admin: ApiClient, rules: Rules): Promise<Offer> {
  const vendor = await anyone.register("vendor");
  const { vendorId } = await vendor.call(registerVendor, { body: { name: "A vendor" } });
  await admin.call(verifyVendor, { params: { vendorId } });
  const { resourceId } = await vendor.call(createResource, { body: { vendorId, rules } });
  const resource = await vendor.call(publishResource, { params: { resourceId } });
  const isKnownToBooking = async (): Promise<boolean> => {
    try {
      await slotsOf(anyone, resourceId, Temporal.Now.plainDateISO(resource.rules.zone), 1);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.problem?.code === "booking/resource-not-bookable") return false;
      throw error;
    }
  };
  await until(`${resource.rules.title} to be bookable`, isKnownToBooking, bookableMs);
  return { vendor, resource };
}

/**
 * Starts the platform on free ports with temporary data, the test clock on and rate limits off unless asked otherwise.
 * With `HOLDFAST_E2E_LOGS` set, the services' logs are printed.
 */
export async function startE2ePlatform(options: Partial<PlatformOptions> = {}): Promise<E2ePlatform> {
  const platform = await startPlatform({
    ports: "free",
    testClock: true,
    rateLimits: false,
    ...(process.env["HOLDFAST_E2E_LOGS"] === undefined ? {} : { onLog: showLogs }),
    ...options,
  });
  const anyone = new ApiClient(platform.gatewayUrl);
  const clockUrl = `${platform.gatewayUrl}/v1/test-clock`;
  const admin = (): Promise<ApiClient> => anyone.logIn(platform.admin);
  const now = async (): Promise<Temporal.Instant> => {
    const token = (await admin()).tokens.accessToken;
    return Temporal.Instant.from(((await request(clockUrl, { token })) as { now: string }).now);
  };
  return {
    platform,
    anyone,
    admin,
    now,
    offer: async (changes = {}) => await makeOffer(anyone, await admin(), { ...chairRules, ...changes }),
    slots: async (resourceId, from, days = 1) => {
      const today = (await now()).toZonedDateTimeISO("UTC").toPlainDate();
      return await slotsOf(anyone, resourceId, today.add({ days: from }), days);
    },
    moveClock: async (to) => {
      const token = (await admin()).tokens.accessToken;
      await request(clockUrl, { method: "PUT", token, body: { now: to.toString() } });
    },
    mailsTo: (email, { subject = "", count = 1 } = {}) =>
      until(`${count} mails to ${email} about "${subject}"`, async () => {
        const query = new URLSearchParams({ to: email, ...(subject === "" ? {} : { subject }) });
        const { messages } = (await request(`${platform.urlOf("mail")}/messages?${query.toString()}`)) as {
          messages: ReadableMail[];
        };
        return messages.length >= count && messages;
      }),
    switchMail: async (changes) =>
      void (await request(`${platform.urlOf("mail")}/switches`, { method: "PUT", body: changes })),
    switchStripe: async (changes) =>
      void (await request(`${platform.urlOf("stripe")}/_stand-in/switches`, {
        method: "PUT",
        body: changes,
      })),
    stripeLedger: async () => (await request(`${platform.urlOf("stripe")}/_stand-in/ledger`)) as Ledger,
    [Symbol.asyncDispose]: () => platform.stop(),
  };
}
