/** The same again and again, on a platform whose limits are on. */
import { randomUUID } from "node:crypto";
import { resetPassword } from "@holdfast/contracts/api/accounts";
import { createBooking } from "@holdfast/contracts/api/booking";
import { exportBookings } from "@holdfast/contracts/api/exports";
import { logIn } from "@holdfast/contracts/api/sessions";
import { streamMe } from "@holdfast/contracts/api/streams";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { fewAtATime } from "@holdfast/testkit/few-at-a-time";
import type pg from "pg";
import { expect } from "vitest";
import type { Attack } from "../attack.ts";
import { type Answered, bearer, send } from "../requests.ts";
import { startAgain } from "../started-again.ts";
import { hoursAhead } from "../vendors.ts";
import { type Account, SecurityWorld } from "../world.ts";

/** As many as a guest holds unpaid, and streams as an account has open, where nothing else is said. */
const holdsMax = 20;
const streamsMax = 10;
const failuresMax = 10;

/** The gateway once more, its limits on, and a booking behind it that has others. */
export interface Flooded extends AsyncDisposable {
  readonly world: SecurityWorld;
  readonly sql: pg.Pool;
  readonly gatewayUrl: string;
  readonly hoarder: Account;
  readonly streams: AbortController;
  /** What nobody holds on to is closed. */
  readonly opened: Response[];
}

export async function enterFlooded(): Promise<Flooded> {
  await using entering = new AsyncDisposableStack();
  const world = entering.use(await SecurityWorld.enter());
  const { place } = world;
  const booking = entering.use(await startAgain("booking", place, { HOLDS_PER_GUEST: String(holdsMax) }));
  const settings = { RATE_LIMITS: "on", BOOKING_URL: booking.url };
  const gateway = entering.use(await startAgain("gateway", place, settings));
  const hoarder = await world.newAccount(["customer"]);
  const streams = entering.adopt(new AbortController(), (open) => open.abort());
  const kept = entering.move();
  return {
    world,
    sql: world.sql,
    gatewayUrl: gateway.url,
    hoarder,
    streams,
    opened: [],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The gateway is in this process: more would keep it from Redis for so long that it counts by itself. */
const atOnce = 10;

/** Sends so many, and gives back those that were too many. */
async function flood(
  times: number,
  atLeast: number,
  one: (index: number) => Promise<Answered>,
): Promise<Answered[]> {
  const answers = await fewAtATime(Array.from({ length: times }), (_, index) => one(index), atOnce);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(atLeast);
  for (const { headers } of refused) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  return refused;
}

/** As the gateway says what is left. */
function requireRateLimit(answers: readonly Answered[]): readonly Answered[] {
  for (const { headers } of answers) {
    expect(headers.get("ratelimit")).toMatch(/;r=0;t=\d+$/);
    expect(headers.get("ratelimit-policy")).toMatch(/;q=\d+;w=\d+$/);
  }
  return answers;
}

/** Addresses of networks that nobody else comes from. */
const elsewhere = (index: number) => ({
  "x-forwarded-for": `10.${index}.7.9`,
  "x-real-ip": `10.${index}.7.9`,
});
const tooMany = [429, "limit/too-many-requests"] as const;
const wrong = "velvet-orbit-43-canyon";

/** Through the gateway as another client each time, were its word believed. */
const post = ({ gatewayUrl }: Flooded, { path }: EndpointDefinition, body: unknown, index: number) =>
  send({ method: "post", url: `${gatewayUrl}${path}`, headers: elsewhere(index), body });

const guess = ({ world, hoarder }: Flooded, index: number, email = hoarder.email) =>
  send({
    method: "post",
    url: `${world.place.serviceUrls.auth}${logIn.path}`,
    headers: elsewhere(index),
    body: { email, password: wrong },
  });

const hold = ({ world, gatewayUrl, hoarder }: Flooded, index: number) =>
  send({
    method: "post",
    url: `${gatewayUrl}${createBooking.path}`,
    headers: { ...bearer(hoarder.client.tokens.accessToken), "idempotency-key": randomUUID() },
    body: {
      resourceId: index % 2 === 0 ? world.vendorA.resourceId : world.vendorB.resourceId,
      startsAt: hoursAhead(700 + (index % 3)),
      endsAt: hoursAhead(701 + (index % 3)),
    },
  });

const openStream = ({ world, gatewayUrl, streams }: Flooded) =>
  fetch(`${gatewayUrl}${streamMe.path}`, {
    headers: bearer(world.people.owner.client.tokens.accessToken),
    signal: streams.signal,
  });

let counted = 0;

export const floods: Attack<Flooded>[] = [
  {
    title: "guessing one account's password, each time from elsewhere",
    prepare: async (ground) => {
      for (let index = 0; index < failuresMax; index += 1)
        expect((await guess(ground, (counted += 1))).code).toBe("auth/credentials-wrong");
    },
    send: (ground) => flood(5, 5, () => guess(ground, (counted += 1))),
    refusal: [429, "auth/too-many-attempts"],
    audited: () => ({ action: logIn.name, actor: null, service: "auth" }),
  },
  {
    title: "signing in to account after account through the gateway, with an X-Forwarded-For for each",
    send: async (ground) =>
      requireRateLimit(
        await flood(40, 15, (index) =>
          post(ground, logIn, { email: `${randomUUID()}@example.com`, password: wrong }, index),
        ),
      ),
    refusal: tooMany,
    audited: () => ({ action: logIn.name, actor: null, service: "gateway", times: 15 }),
  },
  {
    title: "guessing links to set another password, with an X-Forwarded-For for each",
    send: async (ground) =>
      requireRateLimit(
        await flood(40, 15, (index) =>
          post(ground, resetPassword, { token: randomUUID(), newPassword: wrong }, index),
        ),
      ),
    refusal: tooMany,
    audited: () => ({ action: resetPassword.name, actor: null, service: "gateway", times: 15 }),
  },
  {
    title: "trying API keys",
    send: async ({ gatewayUrl }) =>
      requireRateLimit(
        await flood(60, 20, (index) =>
          send({
            method: "get",
            url: `${gatewayUrl}${streamMe.path}`,
            headers: { ...bearer(`hfk_${randomUUID()}`), ...elsewhere(index) },
          }),
        ),
      ),
    refusal: tooMany,
    audited: () => ({ action: streamMe.name, actor: null, service: "gateway", times: 20 }),
  },
  {
    title: "exporting one's bookings over and over",
    send: async ({ world, gatewayUrl }) =>
      requireRateLimit(
        await flood(100, 15, (index) =>
          send({
            method: "get",
            url: `${gatewayUrl}${exportBookings.path}`,
            headers: { ...bearer(world.people.staff.client.tokens.accessToken), ...elsewhere(index) },
          }),
        ),
      ),
    refusal: tooMany,
    audited: ({ world }) => ({
      action: exportBookings.name,
      actor: world.people.staff.userId,
      service: "gateway",
      times: 15,
    }),
  },
  {
    title: "holding one more than a guest may, after sixty were asked for at once",
    prepare: async (ground) => {
      const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => hold(ground, index)));
      const held = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status !== 201);
      expect(held).toHaveLength(holdsMax);
      expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["booking/too-many-holds"]));
    },
    send: (ground) => flood(3, 3, (index) => hold(ground, index)),
    refusal: [429, "booking/too-many-holds"],
    audited: ({ hoarder }) => ({ action: createBooking.name, actor: hoarder.userId, service: "booking" }),
  },
  {
    title: "opening one stream more than an account may have",
    prepare: async (ground) => {
      const opened = await Promise.all(Array.from({ length: streamsMax }, () => openStream(ground)));
      expect(opened.map(({ status }) => status)).toEqual(opened.map(() => 200));
      ground.opened.push(...opened);
    },
    send: ({ world, gatewayUrl }) =>
      flood(3, 3, () =>
        send({
          method: "get",
          url: `${gatewayUrl}${streamMe.path}`,
          headers: bearer(world.people.owner.client.tokens.accessToken),
        }),
      ),
    refusal: [429, "booking/too-many-streams"],
    audited: ({ world }) => ({ action: streamMe.name, actor: world.people.owner.userId, service: "booking" }),
  },
];
