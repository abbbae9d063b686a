/** What the benchmarks book: one vendor's desks, open round the clock, and as many guests as there are clients. */
import assert from "node:assert";
import { randomUUID } from "node:crypto";
import type { Platform } from "@holdfast/testkit/platform/start-platform";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { until } from "@holdfast/testkit/until";

const password = "tern-harbour-lantern-88";

/** An HTTP call that must succeed. */
async function call(
  url: string,
  method: string,
  token: string | null,
  body?: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method,
    headers: {
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
      ...(token === null ? undefined : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? undefined : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert(response.ok, `${method} ${url} answered ${response.status}: ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

async function logIn(gateway: string, email: string, secret: string): Promise<string> {
  const tokens = await call(`${gateway}/v1/sessions`, "POST", null, { email, password: secret });
  return String(tokens["accessToken"]);
}

async function addUser(
  gateway: string,
  adminToken: string,
  email: string,
  role: "customer" | "vendor",
): Promise<void> {
  await call(`${gateway}/v1/admin/users`, "POST", adminToken, {
    email,
    password,
    name: "Bench",
    roles: [role],
  });
}

/** Fifty desks to a room. */
const roomRules = { ...deskRules, capacity: 50 };

/** What the clients of a benchmark need. */
export interface BenchWorld {
  readonly resourceIds: readonly string[];
  /** One access token a client; good for five minutes. */
  logInAll(): Promise<string[]>;
}

/** Makes the world through the gateway, as its users would, and waits until every desk can be booked. */
export async function makeBenchWorld(
  platform: Pick<Platform, "gatewayUrl" | "admin">,
  size: { readonly clients: number; readonly resources: number },
): Promise<BenchWorld> {
  const gateway = platform.gatewayUrl;
  const run = randomUUID().slice(0, 8);
  const adminToken = await logIn(gateway, platform.admin.email, platform.admin.password);
  await addUser(gateway, adminToken, `vendor-${run}@bench.example`, "vendor");
  const vendorToken = await logIn(gateway, `vendor-${run}@bench.example`, password);
  const vendor = await call(`${gateway}/v1/vendors`, "POST", vendorToken, { name: "Desks" });
  const vendorUrl = `${gateway}/v1/vendors/${String(vendor["vendorId"])}`;
  const documents = [{ kind: "trade-licence", reference: "https://documents.example/desks" }];
  await call(`${vendorUrl}/submit`, "POST", vendorToken, { documents });
  await call(`${vendorUrl}/verify`, "POST", adminToken);
  const resourceIds: string[] = [];
  for (let i = 0; i < size.resources; i++) {
    const draft = { vendorId: vendor["vendorId"], rules: roomRules };
    const resource = await call(`${gateway}/v1/resources`, "POST", vendorToken, draft);
    await call(`${gateway}/v1/resources/${String(resource["resourceId"])}/publish`, "POST", vendorToken);
    resourceIds.push(String(resource["resourceId"]));
  }
  const day = Temporal.Now.plainDateISO().add({ days: 2 }).toString();
  for (const resourceId of resourceIds) {
    await until(`desk ${resourceId} to be bookable`, async () => {
      return (await fetch(`${gateway}/v1/resources/${resourceId}/slots?from=${day}&to=${day}`)).ok;
    });
  }
  return { resourceIds, ...(await makeBenchGuests(platform, size.clients)) };
}

/** Registers so many guests. */
export async function makeBenchGuests(
  { gatewayUrl, admin }: Pick<Platform, "gatewayUrl" | "admin">,
  count: number,
): Promise<Pick<BenchWorld, "logInAll">> {
  const run = randomUUID().slice(0, 8);
  const guests = Array.from({ length: count }, (_, i) => `guest-${run}-${i}@bench.example`);
  const adminToken = await logIn(gatewayUrl, admin.email, admin.password);
  for (const email of guests) await addUser(gatewayUrl, adminToken, email, "customer");
  return { logInAll: () => Promise.all(guests.map((email) => logIn(gatewayUrl, email, password))) };
}

/** Slots that no two bookings of a run share more often than a desk has units. */
export class SlotDispenser {
  readonly #resourceIds: readonly string[];
  readonly #firstHour: Temporal.Instant;
  #next = 0;

  constructor(resourceIds: readonly string[]) {
    this.#resourceIds = resourceIds;
    this.#firstHour = Temporal.Now.zonedDateTimeISO("UTC").startOfDay().add({ days: 2 }).toInstant();
  }

  /** The next resource and hour; each hour of each desk is given out once. */
  next(): { resourceId: string; startsAt: string; endsAt: string } {
    const index = this.#next++;
    const hour = Math.floor(index / this.#resourceIds.length);
    const startsAt = this.#firstHour.add({ hours: hour });
    return {
      resourceId: this.#resourceIds[index % this.#resourceIds.length]!,
      startsAt: startsAt.toString(),
      endsAt: startsAt.add({ hours: 1 }).toString(),
    };
  }
}
