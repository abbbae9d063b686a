/** Every route with an id in its path, and every id in a body or query, with what is somebody else's. */
import { allEndpoints } from "@holdfast/contracts/api/all";
import { createBooking, createQuote } from "@holdfast/contracts/api/booking";
import { createBookingSeries } from "@holdfast/contracts/api/booking-series";
import { createResource } from "@holdfast/contracts/api/catalog";
import { createPromotion, replacePromotion } from "@holdfast/contracts/api/promotions";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { type IdPrefix, idPrefixes, newId } from "@holdfast/contracts/ids";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { expect } from "vitest";
import { type Attack, describeAttacks } from "./attack.ts";
import { paramNames } from "./matrix/attempts.ts";
import type { Answered } from "./requests.ts";
import { callerAt, enterRoutes, idsAt, type RouteGround, tokenAt } from "./route-ground.ts";
import { hasParams, leastBody, sendTo, type Way, ways } from "./route-requests.ts";
import { hoursAhead } from "./vendors.ts";

type Row = Attack<RouteGround>;

const withIds = allEndpoints.filter((endpoint) => hasParams(endpoint) && endpoint.access !== "service");
const owned = withIds.filter(({ access }) => access.endsWith(":own"));
/** Who may call these may call them about anybody's; what is left to try is what nobody has. */
const anybodys = withIds.filter(({ access }) => !access.endsWith(":own"));

/** What an endpoint says where there is no such thing: the first of its refusals that does. */
function notFoundOf({ name, problems = [] }: EndpointDefinition): string {
  const code = problems.find((one) => one.endsWith("not-found") || one === "booking/resource-not-bookable");
  if (code === undefined) throw new Error(`${name} does not say what is not found`);
  return code;
}

/** Of the parameters that come second in a path. */
const innerNotFound: Readonly<Record<string, string>> = {
  promotionId: "catalog/promotion-not-found",
  userId: "catalog/member-not-found",
  blockId: "booking/block-not-found",
  feedId: "booking/feed-not-found",
};

const isPrefix = (text: string): text is IdPrefix => text in idPrefixes;

/** An id of the same kind that nothing has; what is no such id is made up already. */
function unknownLike(id: string): string {
  if (id.startsWith("pm_")) return "pm_1OfNobody";
  const prefix = id.slice(0, 3);
  return id[3] === "_" && isPrefix(prefix) ? newId(prefix) : id;
}

function unknownIds(ground: RouteGround, endpoint: EndpointDefinition): Record<string, string> {
  const known = idsAt(ground, endpoint, "A");
  return Object.fromEntries(paramNames(endpoint).map((name) => [name, unknownLike(known[name] ?? "")]));
}

/** What a refusal tells, without what is of this very request. */
function told({ text }: Answered): unknown {
  const { instance: _, traceId: __, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return rest;
}

/** Who compares the answers learns nothing. */
function inTheSameWords(answers: readonly Answered[]): readonly Answered[] {
  const [first, ...others] = answers.map(told);
  for (const other of others) expect(other).toEqual(first);
  return answers;
}

const actorAt = (ground: RouteGround, endpoint: EndpointDefinition) =>
  callerAt(ground, endpoint, "B")?.userId ?? null;

const strangersIds: Row[] = owned.map((endpoint) => ({
  title: `${endpoint.name}: with a stranger's id, which is answered as one that nobody has`,
  send: async (ground) => {
    const token = tokenAt(ground, endpoint, "B");
    const unknown = unknownIds(ground, endpoint);
    const answers = await Promise.all([
      ...ways.map((via) => sendTo(ground, endpoint, { token, via })),
      sendTo(ground, endpoint, { token, via: "gateway", ids: unknown }),
    ]);
    return inTheSameWords(answers);
  },
  refusal: [404, notFoundOf(endpoint)],
  audited: (ground) => ({
    action: endpoint.name,
    actor: actorAt(ground, endpoint),
    service: endpoint.service,
  }),
}));

const innerIds: Row[] = owned
  .filter((endpoint) => paramNames(endpoint).length > 1)
  .map((endpoint) => {
    const [outer = "", inner = ""] = paramNames(endpoint);
    return {
      title: `${endpoint.name}: ${inner} of a stranger's below a ${outer} of one's own`,
      send: (ground) => {
        const token = tokenAt(ground, endpoint, "B");
        const own = idsAt(ground, endpoint, "B")[outer] ?? "";
        return Promise.all(
          ways.map((via) => sendTo(ground, endpoint, { token, via, ids: { [outer]: own } })),
        );
      },
      refusal: [404, innerNotFound[inner] ?? "unknown parameter"],
      audited: (ground) => ({ action: endpoint.name, actor: actorAt(ground, endpoint) }),
    };
  });

/** Whoever asks is known, so that the log has it. */
const nobodysIds: Row[] = anybodys.map((endpoint) => ({
  title: `${endpoint.name}: with an id that nobody has, by an administrator`,
  send: (ground) => {
    const token = ground.world.people.admin.client.tokens.accessToken;
    const ids = unknownIds(ground, endpoint);
    return Promise.all(ways.map((via) => sendTo(ground, endpoint, { token, via, ids })));
  },
  refusal: [404, notFoundOf(endpoint)],
  audited: ({ world }) => ({ action: endpoint.name, actor: world.people.admin.userId }),
}));

/** Those whose parameters are ids of a kind: all but secrets in the form of a file's name, numbers, days, and the provider's ids. */
const typed = withIds.filter((endpoint) =>
  paramNames(endpoint).every((name) => !["file", "deadLetterId", "day", "paymentMethodId"].includes(name)),
);

function everyTypedRoute(
  ground: RouteGround,
  via: readonly Way[],
  disguise: (id: string) => string,
): Promise<Answered[]> {
  return Promise.all(
    typed.flatMap((endpoint) =>
      via.map((way) => {
        const known = idsAt(ground, endpoint, "A");
        const last = paramNames(endpoint).at(-1) ?? "";
        const ids = { [last]: disguise(known[last] ?? "") };
        return sendTo(ground, endpoint, { token: tokenAt(ground, endpoint, "A"), via: way, ids });
      }),
    ),
  );
}

const merelyWrong = { not: "what is no id of that kind is a mistake like any other, and shows nothing" };
const noAddress = {
  not: "an address that is none is no attempt at anything: the whole Internet asks for such",
};

const disguised: Row[] = [
  ["an id of another kind", () => newId("evt")],
  ["an id of another prefix", (id: string) => `xyz${id.slice(3)}`],
  ["an id without its prefix", (id: string) => id.slice(4)],
  ["an id in upper case", (id: string) => id.toUpperCase()],
  ["an id that goes on", (id: string) => `${id}0`],
  ["an id with a wildcard", (id: string) => `${id.slice(0, -1)}%25`],
  ["an id with a second one behind a comma", (id: string) => `${id},${id}`],
].map(([what, disguise]) => ({
  title: `every route: ${what as string}, at the service`,
  send: (ground) => everyTypedRoute(ground, ["service"], disguise as (id: string) => string),
  refusal: [400, "request/invalid"],
  audited: merelyWrong,
}));

const encoded: Row[] = [
  ["a NUL", "%00"],
  ["a way up", "..%2f"],
  ["a way up, encoded twice", "%252e%252e%252f"],
  ["a backslash", "%5c"],
  ["a line break", "%0d%0a"],
].map(([what = "", bytes = ""]) => ({
  title: `every route: an id with ${what} at its end, through the gateway`,
  send: (ground) => everyTypedRoute(ground, ["gateway"], (id) => `${id}${bytes}`),
  refusal: [404, "route/not-found"],
  audited: noAddress,
}));

const unstorable: Row = {
  title: "every route: an id with a NUL, at the service, which says so before it looks anything up",
  send: (ground) => everyTypedRoute(ground, ["service"], (id) => `${id}%00`),
  refusal: [400, "request/invalid"],
  audited: (ground) =>
    typed.map((endpoint) => ({
      action: endpoint.name,
      actor:
        endpoint.access === "public"
          ? ground.things.A.guest.userId
          : (callerAt(ground, endpoint, "A")?.userId ?? null),
      times: 1,
    })),
};

const hour = (at: number) => ({ startsAt: hoursAhead(at), endsAt: hoursAhead(at + 1) });

/** An id of a stranger's in what is sent: by whom, where, with what. */
function inBody(
  title: string,
  endpoint: EndpointDefinition,
  refusal: Row["refusal"],
  body: (ground: RouteGround) => unknown,
  audited: Row["audited"],
): Row {
  return {
    title: `${endpoint.name}: ${title}`,
    send: (ground) =>
      Promise.all(
        ways.map((via) =>
          sendTo(ground, endpoint, {
            token: tokenAt(ground, endpoint, "B"),
            via,
            side: "B",
            body: body(ground),
          }),
        ),
      ),
    refusal,
    audited,
  };
}

const ofBusiness = { not: "an ordinary refusal of the business: it is the same for what does not exist" };
/** A code that vendor A alone has. */
const codeOfA = "ONLY-AT-A";

const inBodies: Row[] = [
  inBody(
    "for a stranger's vendor",
    createResource,
    [404, "catalog/vendor-not-found"],
    ({ things }) => ({ vendorId: things.A.vendor.vendorId, rules: deskRules }),
    (ground) => ({ action: createResource.name, actor: actorAt(ground, createResource) }),
  ),
  ...[createPromotion, replacePromotion].map((endpoint) =>
    inBody(
      "for a resource of a stranger's",
      endpoint,
      [422, "catalog/promotion-resource-unknown"],
      (ground) => ({
        ...(leastBody(ground, endpoint, "B") as object),
        resourceIds: [ground.things.A.vendor.resourceId],
      }),
      ofBusiness,
    ),
  ),
  ...[createQuote, createBooking].map((endpoint, index) =>
    inBody(
      "with a promotion code of another vendor's",
      endpoint,
      [409, "booking/promotion-not-usable"],
      ({ things }) => ({
        resourceId: things.B.vendor.resourceId,
        ...hour(300 + index),
        promotionCode: codeOfA,
      }),
      ofBusiness,
    ),
  ),
  inBody(
    "with a quote of another guest's",
    createBooking,
    [409, "booking/quote-not-usable"],
    ({ things }) => ({
      resourceId: things.A.vendor.resourceId,
      ...hour(120),
      quoteId: things.A.of.quoteId,
    }),
    ofBusiness,
  ),
  inBody(
    "together with a resource of a stranger's",
    createBooking,
    [422, "booking/parts-do-not-fit"],
    ({ things }) => ({
      resourceId: things.B.vendor.resourceId,
      ...hour(310),
      also: [{ resourceId: things.A.vendor.resourceId }],
    }),
    ofBusiness,
  ),
  inBody(
    "of a resource that is not published",
    createBookingSeries,
    [404, "booking/resource-not-bookable"],
    () => ({ resourceId: newId("res"), ...hour(320), rrule: "FREQ=DAILY;COUNT=2" }),
    (ground) => ({ action: createBookingSeries.name, actor: actorAt(ground, createBookingSeries) }),
  ),
];

describeAttacks<RouteGround>({
  family: "object authorisation",
  atLeast: 70,
  enter: enterRoutes,
  attacks: [...strangersIds, ...innerIds, ...nobodysIds, ...disguised, ...encoded, unstorable, ...inBodies],
});
