/** Asking for too much: at once, of one list, again and again, or of what somebody else asked for. */
import { randomUUID } from "node:crypto";
import { allEndpoints } from "@holdfast/contracts/api/all";
import { createBooking, createQuote, listBookings, listSlots } from "@holdfast/contracts/api/booking";
import { searchResources } from "@holdfast/contracts/api/search";
import { type EndpointDefinition, isPaged } from "@holdfast/contracts/define-endpoint";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attack, type Audited, describeAttacks } from "./attack.ts";
import { type Answered, bearer, send } from "./requests.ts";
import { enterFlooded, type Flooded, floods } from "./limits/floods.ts";
import { callerAt, enterRoutes, type RouteGround, tokenAt } from "./route-ground.ts";
import { leastQuery, sendTo } from "./route-requests.ts";
import { hoursAhead } from "./vendors.ts";

type Row = Attack<RouteGround>;

const paged = allEndpoints.filter(isPaged);
const invalid = [400, "request/invalid"] as const;
const merelyWrong = { not: "a value of the wrong form, as a mistaken client sends it" };

const tokenOf = (ground: RouteGround, endpoint: EndpointDefinition) =>
  endpoint.access === "public" ? null : tokenAt(ground, endpoint, "A");
const actorOf = (ground: RouteGround, endpoint: EndpointDefinition) =>
  endpoint.access === "public" ? null : (callerAt(ground, endpoint, "A")?.userId ?? null);

/** Every list with this in its query. */
function everyList(
  ground: RouteGround,
  query: Readonly<Record<string, string>>,
  lists: readonly EndpointDefinition[] = paged,
): Promise<Answered[]> {
  return Promise.all(
    lists.map((endpoint) =>
      sendTo(ground, endpoint, {
        token: tokenOf(ground, endpoint),
        via: "gateway",
        query: { ...leastQuery(ground, endpoint, "A"), ...query },
      }),
    ),
  );
}

const everyListAudited =
  (lists: readonly EndpointDefinition[] = paged): Row["audited"] =>
  (ground) =>
    lists.map((endpoint): Audited => ({ action: endpoint.name, actor: actorOf(ground, endpoint), times: 1 }));

const greedy: Row[] = ["1000000000", "1001", "9007199254740993"].map((limit) => ({
  title: `every list: limit=${limit}`,
  send: (ground) => everyList(ground, { limit }),
  refusal: invalid,
  audited: everyListAudited(),
}));

const wrongLimits: Row[] = ["0", "-1", "NaN", "1e400", "Infinity", "1.5", "", "ten", "1;2", "[1]"].map(
  (limit) => ({
    title: `every list: limit=${limit}`,
    send: (ground) => everyList(ground, { limit }),
    refusal: invalid,
    audited: merelyWrong,
  }),
);

const twice: Row = {
  title: "every list: a limit and a cursor that come twice",
  send: async (ground) => {
    const { place, people } = ground.world;
    const headers = bearer(people.customer.client.tokens.accessToken);
    const queries = ["limit=1&limit=1000000", "limit[]=1", "limit=1&after=a&after=b"];
    return Promise.all(
      queries.map((query) =>
        send({ method: "get", url: `${place.gatewayUrl}/v1/bookings?${query}`, headers }),
      ),
    );
  },
  refusal: invalid,
  audited: { not: merelyWrong.not },
};

const base64 = (text: string) => Buffer.from(text).toString("base64url");

/** Any text is a place in the order of dead letters, which operators alone read. */
const withCursors = paged.filter(({ name }) => !name.endsWith("DeadLetters"));

const cursors: Row[] = [
  ["that is none", "nonsense"],
  ["of another kind", base64(newId("evt"))],
  ["that is cut off", base64(newId("bkg")).slice(0, 12)],
  ["of SQL", base64("bkg_01h455vb4pex5vsknk084sn02q' or '1'='1")],
  ["of JSON", base64('{"id":{"$gt":""}}')],
  ["in upper case", base64(newId("bkg").toUpperCase())],
].map(([what = "", after = ""]) => ({
  title: `every list: a cursor ${what}`,
  send: (ground) => everyList(ground, { after }, withCursors),
  refusal: invalid,
  audited: everyListAudited(withCursors),
}));

const at = (endpoint: EndpointDefinition, query: Readonly<Record<string, string>>) => (ground: RouteGround) =>
  sendTo(ground, endpoint, { token: tokenOf(ground, endpoint), via: "gateway", query });

const windows: Row[] = [
  {
    title: "listSlots: two hundred years of slots",
    send: at(listSlots, { from: "2000-01-01", to: "2199-12-31" }),
    refusal: [400, "booking/window-too-long"],
    audited: merelyWrong,
  },
  ...[
    { from: "1000-01-01", to: "2999-12-31" },
    { from: "2026-01-01", to: "9999-12-31" },
    { from: "-271821-04-20", to: "+275760-09-13" },
  ].map((window): Row => ({
    title: `listSlots: ${window.from} to ${window.to}`,
    send: at(listSlots, window),
    refusal: invalid,
    audited: merelyWrong,
  })),
  {
    title: "searchResources: a thousand years",
    send: at(searchResources, { from: "1000-01-01", to: "2000-01-01" }),
    refusal: invalid,
    audited: merelyWrong,
  },
];

const keys: Row[] = [
  ["none", undefined],
  ["one of 256 characters", "k".repeat(256)],
  ["one with a blank", "a b"],
].map(([what, key]) => ({
  title: `createBooking: ${what} as Idempotency-Key`,
  send: ({ world: { place, people, vendorA } }) =>
    send({
      method: "post",
      url: `${place.gatewayUrl}${createBooking.path}`,
      headers: {
        ...bearer(people.customer.client.tokens.accessToken),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      body: { resourceId: vendorA.resourceId, startsAt: hoursAhead(500), endsAt: hoursAhead(501) },
    }),
  refusal: [400, "request/idempotency-key-missing"],
  audited: { not: "a header that is missing or of the wrong form, as a mistaken client sends it" },
}));

describeAttacks<RouteGround>({
  family: "limits of what is asked for",
  atLeast: 25,
  enter: enterRoutes,
  attacks: [...greedy, ...wrongLimits, twice, ...cursors, ...windows, ...keys],
});

describe("what is taken", () => {
  let ground: RouteGround;
  beforeAll(async () => {
    ground = await enterRoutes();
  });
  afterAll(() => ground?.[Symbol.asyncDispose]());

  test("a cursor made of another guest's booking shows one's own bookings alone", async () => {
    const { people, place, bookingA } = ground.world;
    const after = base64(bookingA.slice(0, -1) + "z");
    const answered = await send({
      method: "get",
      url: `${place.gatewayUrl}${listBookings.path}?after=${after}&limit=100`,
      headers: bearer(people.otherCustomer.client.tokens.accessToken),
    });
    expect(answered.status).toBe(200);
    const { items } = JSON.parse(answered.text) as { items: { customerId?: string; bookingId: string }[] };
    expect(items.map(({ bookingId }) => bookingId)).not.toContain(bookingA);
  });

  test("another guest's Idempotency-Key is one's own: it tells nothing of theirs, and books nothing for them", async () => {
    const { people, vendorA } = ground.world;
    const key = randomUUID();
    const asked = (hours: number) => ({
      resourceId: vendorA.resourceId,
      startsAt: hoursAhead(hours),
      endsAt: hoursAhead(hours + 1),
    });
    const first = await people.customer.client.call(createBooking, { body: asked(600), idempotencyKey: key });
    const other = await people.otherCustomer.client.call(createBooking, {
      body: asked(600),
      idempotencyKey: key,
    });
    expect(other.bookingId).not.toBe(first.bookingId);
    const reused = people.customer.client.call(createBooking, { body: asked(610), idempotencyKey: key });
    await expect(reused).rejects.toMatchObject({ problem: { code: "request/idempotency-key-reused" } });
    const quoted = await people.customer.client.call(createQuote, { body: asked(600) });
    expect(quoted.quoteId).toMatch(/^qte_/);
  });
});

describeAttacks<Flooded>({ family: "floods", atLeast: 7, enter: enterFlooded, attacks: floods });
