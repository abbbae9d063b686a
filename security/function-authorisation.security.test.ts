/** Administrators' and internal routes by whom they are not for, and by every way of writing an address, a method or a name. */
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import { grants, type Scope, scopes } from "@holdfast/contracts/access";
import { allEndpoints } from "@holdfast/contracts/api/all";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { type Attack, type Audited, describeAttacks } from "./attack.ts";
import { bearer } from "./requests.ts";
import { enterRoutes, type RouteGround } from "./route-ground.ts";
import { requestTo, sendTo, type Way, ways } from "./route-requests.ts";
import { craft } from "./functions/craft.ts";
import { forbidden, notFound, spellings } from "./functions/spellings.ts";
import type { Account, People } from "./world.ts";

interface FunctionGround extends RouteGround {
  /** An administrator's key with every scope that a key can have. */
  readonly adminKey: { readonly key: string };
  readonly customerKey: { readonly key: string };
}
type Row = Attack<FunctionGround>;

async function keyOf({ client }: Account, asked: readonly Scope[]): Promise<{ readonly key: string }> {
  return client.call(createApiKey, { body: { name: "Attacker's", scopes: [...asked] } });
}

async function enter(): Promise<FunctionGround> {
  const ground = await enterRoutes();
  const { admin, customer } = ground.world.people;
  const ownScopes = scopes.filter((scope) => grants(["customer"], scope));
  const [adminKey, customerKey] = await Promise.all([keyOf(admin, scopes), keyOf(customer, ownScopes)]);
  return { ...ground, adminKey, customerKey };
}

const internal = allEndpoints.filter(({ access }) => access === "service");
const administrative = allEndpoints.filter(({ access }) => access.endsWith(":any"));
const personal = allEndpoints.filter(({ access }) => access.endsWith(":own"));

/** Those of the administrators' routes that none of the roles opens. */
function closedTo(name: keyof People): EndpointDefinition[] {
  const roles = name === "support" ? (["support"] as const) : (["customer", "vendor"] as const);
  return administrative.filter(
    ({ access }) => access !== "public" && access !== "service" && !grants(roles, access),
  );
}

type Tried = readonly EndpointDefinition[];

function sendToAll(
  ground: FunctionGround,
  tried: Tried,
  token: string | null,
  via: readonly Way[],
  headers = {},
) {
  return Promise.all(
    tried.flatMap((endpoint) => via.map((way) => sendTo(ground, endpoint, { token, via: way, headers }))),
  );
}

const entries = (tried: Tried, actor: string | null, times: number): Audited[] =>
  tried.map(({ name }) => ({ action: name, actor, times }));

const names = ["customer", "owner", "manager", "staff", "support"] as const;
const tokenOf = ({ world }: FunctionGround, name: keyof People) =>
  world.people[name].client.tokens.accessToken;

const byPeople: Row[] = names.map((name) => ({
  title: `every administrators' route, by ${name}: through the gateway and at the service`,
  send: (ground) => sendToAll(ground, closedTo(name), tokenOf(ground, name), ways),
  refusal: [403, "auth/forbidden"],
  audited: ({ world }) => entries(closedTo(name), world.people[name].userId, 2),
}));

const noRoute = {
  not: "an address that is none is no attempt at anything: the whole Internet asks for such",
};

const internalByPeople: Row[] = [...names, "admin" as const].flatMap((name): Row[] => [
  {
    title: `every internal route, by ${name}: at the service`,
    send: (ground) => sendToAll(ground, internal, tokenOf(ground, name), ["service"]),
    refusal: [403, "auth/forbidden"],
    audited: ({ world }) => entries(internal, world.people[name].userId, 1),
  },
  {
    title: `every internal route, by ${name}: through the gateway`,
    send: (ground) => sendToAll(ground, internal, tokenOf(ground, name), ["gateway"]),
    refusal: [404, "route/not-found"],
    audited: noRoute,
  },
]);

const byPrograms: Row[] = [
  {
    title: "every administrators' route, with a key of an administrator's that has all scopes there are",
    send: (ground) => sendToAll(ground, administrative, ground.adminKey.key, ["gateway"]),
    refusal: [403, "auth/forbidden"],
    audited: ({ world }) => entries(administrative, world.people.admin.userId, 1),
  },
  {
    title: "every route about the account itself, with a key of its owner's that has all scopes there are",
    send: (ground) => {
      const outOfScope = personal.filter(({ access }) => !(scopes as readonly string[]).includes(access));
      return sendToAll(ground, outOfScope, ground.customerKey.key, ["gateway"]);
    },
    refusal: [403, "auth/forbidden"],
    audited: ({ world }) => ({ action: "getMe", actor: world.people.customer.userId, times: 1 }),
  },
  {
    title: "every route that is not public, with a key straight at the service",
    send: (ground) =>
      sendToAll(ground, [...administrative, ...personal, ...internal], ground.adminKey.key, ["service"]),
    refusal: [401, "auth/token-invalid"],
    audited: () => entries([...administrative, ...personal, ...internal], null, 1),
  },
  {
    title: "every route for people, with a service's token: through the gateway and at the service",
    send: (ground) => sendToAll(ground, [...administrative, ...personal], ground.serviceToken, ways),
    refusal: [403, "auth/forbidden"],
    audited: () => entries([...administrative, ...personal], "svc:notification", 2),
  },
  {
    title: "every internal route, with a service's token: through the gateway",
    send: (ground) => sendToAll(ground, internal, ground.serviceToken, ["gateway"]),
    refusal: [404, "route/not-found"],
    audited: noRoute,
  },
  {
    title: "every internal route, by nobody: at the service",
    send: (ground) => sendToAll(ground, internal, null, ["service"]),
    refusal: [401, "auth/token-missing"],
    audited: () => entries(internal, null, 1),
  },
];

/** Names by which gateways tell services who calls, here and elsewhere. */
function forgedHeaders({ world }: FunctionGround): Record<string, string> {
  const { userId } = world.people.admin;
  return {
    "x-user-id": userId,
    "x-user-role": "admin",
    "x-user-roles": "admin,service",
    "x-forwarded-user": userId,
    "x-internal-user": userId,
    "x-internal-service": "booking",
    "x-internal-token": "true",
    "x-client-verified": "SUCCESS",
    "x-auth-request-user": userId,
    "x-remote-user": userId,
    "remote-user": userId,
    "x-authenticated-userid": userId,
    "x-original-url": "/internal/contacts",
    "x-rewrite-url": "/internal/contacts",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "localhost",
    "x-forwarded-proto": "https",
    "x-real-ip": "127.0.0.1",
    forwarded: "for=127.0.0.1;host=localhost;proto=https",
    via: "1.1 gateway",
  };
}

const byHeaders: Row[] = ways.flatMap((via): Row[] => [
  {
    title: `every administrators' route by a customer whose headers say otherwise, via the ${via}`,
    send: (ground) =>
      sendToAll(ground, administrative, tokenOf(ground, "customer"), [via], forgedHeaders(ground)),
    refusal: [403, "auth/forbidden"],
    audited: ({ world }) => entries(administrative, world.people.customer.userId, 1),
  },
  {
    title: `every route that is not public by nobody whose headers say otherwise, via the ${via}`,
    send: (ground) => sendToAll(ground, [...administrative, ...personal], null, [via], forgedHeaders(ground)),
    refusal: [401, "auth/token-missing"],
    audited: () => entries([...administrative, ...personal], null, 1),
  },
  {
    title: `another guest's booking by a guest whose headers say they are the other, via the ${via}`,
    send: async (ground) => {
      const { customer } = ground.world.people;
      const headers = {
        ...forgedHeaders(ground),
        "x-user-id": customer.userId,
        "x-forwarded-user": customer.userId,
      };
      const endpoint = personal.find(({ name }) => name === "getBooking")!;
      return sendTo(ground, endpoint, { token: tokenOf(ground, "otherCustomer"), via, side: "A", headers });
    },
    refusal: [404, "booking/not-found"],
    audited: ({ world }) => ({ action: "getBooking", actor: world.people.otherCustomer.userId }),
  },
]);

const originOf = ({ world: { place } }: FunctionGround, { service }: EndpointDefinition, via: Way) =>
  via === "gateway" ? place.gatewayUrl : place.serviceUrls[service];

const pathOf = (ground: FunctionGround, endpoint: EndpointDefinition) =>
  new URL(requestTo(ground, endpoint, { token: null, via: "gateway" }).url).pathname;

/** A customer's token, so that nobody is let in even where the address is taken for the real one. */
const byAddress: Row[] = spellings.flatMap(([what, write, atService]) =>
  ways.map((via): Row => {
    const refusal = via === "gateway" ? notFound : atService;
    const tried = [...administrative, ...internal];
    return {
      title: `every administrators' and internal route, its address with ${what}, via the ${via}`,
      send: (ground) =>
        Promise.all(
          tried.map((endpoint) =>
            craft({
              method: endpoint.method.toUpperCase(),
              origin: originOf(ground, endpoint, via),
              target: write(pathOf(ground, endpoint)),
              headers: bearer(tokenOf(ground, "customer")),
            }),
          ),
        ),
      refusal,
      audited:
        refusal === forbidden ? ({ world }) => entries(tried, world.people.customer.userId, 1) : noRoute,
    };
  }),
);

const overrides = {
  "x-http-method-override": "PUT",
  "x-http-method": "PUT",
  "x-method-override": "PUT",
};
const noMethod = { not: "no endpoint was asked for: the address has none by that method" };
/** An answer to HEAD has no body, and so no code. */
const noCode = undefined as never;

function byMethod(title: string, method: string, target: (ground: FunctionGround) => string): Row[] {
  return ways.map((via) => ({
    title: `${title}, via the ${via}`,
    send: (ground) =>
      craft({
        method,
        origin: via === "gateway" ? ground.world.place.gatewayUrl : ground.world.place.serviceUrls.auth,
        target: target(ground),
        headers: { ...bearer(tokenOf(ground, "customer")), ...overrides },
      }),
    refusal: [405, method === "HEAD" ? noCode : "route/method-not-allowed"],
    audited: noMethod,
  }));
}

const read = administrative.filter(({ method }) => method === "get");
const ownRoles = ({ world }: FunctionGround) => `/v1/users/${world.people.customer.userId}/roles`;

const byMethods: Row[] = [
  ...byMethod("PUT one's roles by POST and an override", "POST", ownRoles),
  ...byMethod("PUT one's roles by GET and an override", "GET", ownRoles),
  ...byMethod("HEAD of a route that only changes", "HEAD", ownRoles),
  ...["TRACE", "PROPFIND", "PURGE", "LINK"].flatMap((method) =>
    byMethod(`${method} of the list of users`, method, () => "/v1/users"),
  ),
  ...ways.map((via): Row => ({
    title: `HEAD of every route that administrators read, by a customer, via the ${via}`,
    send: (ground) =>
      Promise.all(
        read.map((endpoint) =>
          craft({
            method: "HEAD",
            origin: originOf(ground, endpoint, via),
            target: pathOf(ground, endpoint),
            headers: bearer(tokenOf(ground, "customer")),
          }),
        ),
      ),
    refusal: [403, noCode],
    audited: ({ world }) =>
      entries(read, world.people.customer.userId, 1).map((entry) => ({
        ...entry,
        outcome: "auth/forbidden",
      })),
  })),
];

describeAttacks<FunctionGround>({
  family: "function authorisation",
  atLeast: 70,
  enter,
  attacks: [...byPeople, ...internalByPeople, ...byPrograms, ...byHeaders, ...byAddress, ...byMethods],
});
