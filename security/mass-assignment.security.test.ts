/** Every route that takes a body, with members smuggled in beside what it takes, at its top and inside. */
import { allEndpoints } from "@holdfast/contracts/api/all";
import { registerUser } from "@holdfast/contracts/api/accounts";
import { endGoogleSignIn } from "@holdfast/contracts/api/google";
import { createUser, setUserRoles } from "@holdfast/contracts/api/users";
import { addVendorMember } from "@holdfast/contracts/api/vendors";
import { createBooking } from "@holdfast/contracts/api/booking";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { describe, expect, test } from "vitest";
import { type Attack, type Audited, describeAttacks } from "./attack.ts";
import { type Answered, send } from "./requests.ts";
import { callerAt, enterRoutes, type RouteGround, tokenAt } from "./route-ground.ts";
import { leastBody, requestTo, sendTo, type Way } from "./route-requests.ts";

type Row = Attack<RouteGround>;

const userId = "usr_01h455vb4pex5vsknk084sn02q";
/** Each with what it would be worth having. */
const smuggled: Readonly<Record<string, unknown>> = {
  role: "admin",
  roles: ["admin"],
  price: 0,
  total: { amountMinor: 0, currency: "EUR" },
  amountMinor: 0,
  status: "confirmed",
  vendorId: "vnd_01h455vb4pex5vsknk084sn02q",
  userId,
  customerId: userId,
  createdAt: "2020-01-01T00:00:00Z",
  id: userId,
  version: 1,
  isAdmin: true,
  emailVerified: true,
  constructor: { prototype: { role: "admin" } },
};

const writes = allEndpoints.filter(({ body, rawBody }) => body !== undefined && rawBody !== true);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Words of the vendor's own, by whatever names they like. */
const freeMember = "attributes";

/** The body with that member at its top, and once inside each object that it holds. */
function* smuggledInto(body: unknown, name: string, value: unknown): Generator<unknown> {
  if (Array.isArray(body)) {
    const items: readonly unknown[] = body;
    for (const [index, item] of items.entries())
      for (const inner of smuggledInto(item, name, value)) yield items.with(index, inner);
  }
  if (!isObject(body)) return;
  if (!Object.hasOwn(body, name)) yield { ...body, [name]: value };
  for (const [key, member] of Object.entries(body))
    if (key !== freeMember)
      for (const inner of smuggledInto(member, name, value)) yield { ...body, [key]: inner };
}

/** Would the endpoint take it? */
function takes({ body: schema }: EndpointDefinition, body: unknown): boolean {
  return schema?.safeParse(body).success === true;
}

const viaOf = ({ access }: EndpointDefinition): Way => (access === "service" ? "service" : "gateway");

const tokenOf = (ground: RouteGround, endpoint: EndpointDefinition) =>
  endpoint.access === "public" ? null : tokenAt(ground, endpoint, "A");

function actorOf(ground: RouteGround, endpoint: EndpointDefinition): string | null {
  if (endpoint.access === "service") return "svc:notification";
  return endpoint.access === "public" ? null : (callerAt(ground, endpoint, "A")?.userId ?? null);
}

function sendSmuggled(ground: RouteGround, endpoint: EndpointDefinition): Promise<Answered[]> {
  const least = leastBody(ground, endpoint, "A") ?? {};
  const bodies = Object.entries(smuggled).flatMap(([name, value]) => [...smuggledInto(least, name, value)]);
  const token = tokenOf(ground, endpoint);
  return Promise.all(bodies.map((body) => sendTo(ground, endpoint, { token, via: viaOf(endpoint), body })));
}

const everyWrite: Row[] = writes.map((endpoint) => ({
  title: `${endpoint.name}: ${Object.keys(smuggled).length} members that are not its own, at every depth`,
  send: (ground) => sendSmuggled(ground, endpoint),
  refusal: [400, "request/invalid"],
  // At least those that the schema does not know at the top.
  audited: (ground) => ({ action: endpoint.name, actor: actorOf(ground, endpoint), times: 12 }),
}));

const protos: Row[] = ["__proto__", "\\u005f_proto__"].map((name) => ({
  title: `every route that takes a body: ${name} at its top and inside`,
  send: (ground) =>
    Promise.all(
      writes.flatMap((endpoint) => {
        const least = JSON.stringify(leastBody(ground, endpoint, "A") ?? {});
        const value = '{"role":"admin","roles":["admin"]}';
        const top = `{"${name}":${value}${least === "{}" ? "}" : `,${least.slice(1)}`}`;
        const inside = `{"inner":[{"${name}":${value}}]}`;
        return [top, inside].map((body) =>
          sendTo(ground, endpoint, {
            token: tokenOf(ground, endpoint),
            via: viaOf(endpoint),
            headers: { "content-type": "application/json" },
            body,
          }),
        );
      }),
    ),
  refusal: [400, "request/invalid"],
  audited: (ground) =>
    writes.map((endpoint): Audited => ({
      action: endpoint.name,
      actor: actorOf(ground, endpoint),
      times: 2,
    })),
}));

const valueOfItsOwn = { not: "the member is the endpoint's own, and its value merely wrong" };

const ownMembers: Row[] = [
  ...["admin", "support", "service", "", null, ["customer"], { $ne: "customer" }].map((role): Row => ({
    title: `registerUser: as ${JSON.stringify(role)}`,
    send: (ground) => {
      const body = { ...(leastBody(ground, registerUser, "A") as object), role };
      return sendTo(ground, registerUser, { token: null, via: "gateway", body });
    },
    refusal: [400, "request/invalid"],
    audited: valueOfItsOwn,
  })),
  ...[createUser, setUserRoles].map((endpoint): Row => ({
    title: `${endpoint.name}: an administrator makes a service of an account`,
    send: (ground) => {
      const body = { ...(leastBody(ground, endpoint, "A") as object), roles: ["service"] };
      return sendTo(ground, endpoint, { token: tokenAt(ground, endpoint, "A"), via: "gateway", body });
    },
    refusal: [400, "request/invalid"],
    audited: valueOfItsOwn,
  })),
  {
    title: "addVendorMember: with a role of the platform's",
    send: (ground) =>
      sendTo(ground, addVendorMember, {
        token: tokenAt(ground, addVendorMember, "A"),
        via: "gateway",
        body: { userId, role: "admin" },
      }),
    refusal: [400, "request/invalid"],
    audited: valueOfItsOwn,
  },
];

const narrowed = allEndpoints.filter(
  ({ query, access, name }) => query !== undefined && access !== "service" && name !== endGoogleSignIn.name,
);

const foreignNames = ["userId", "customerId", "role", "isAdmin", "fields", "$where"];

/** Of these names, the ones that are not the endpoint's own. */
function foreignTo({ query }: EndpointDefinition): string[] {
  const shape = query !== undefined && "shape" in query ? (query.shape as object) : {};
  return foreignNames.filter((name) => !(name in shape));
}

/** All but the address that the provider of identities sends people back to: what it adds of its own is its business. */
const queries: Row = {
  title: "every list and page: parameters that would show another's",
  send: (ground) =>
    Promise.all(
      narrowed.flatMap((endpoint) => {
        const { url, ...asked } = requestTo(ground, endpoint, {
          token: tokenOf(ground, endpoint),
          via: "gateway",
        });
        return foreignTo(endpoint).map((name) =>
          send({ ...asked, url: `${url}${url.includes("?") ? "&" : "?"}${name}=${userId}` }),
        );
      }),
    ),
  refusal: [400, "request/invalid"],
  audited: (ground) =>
    narrowed.map((endpoint) => ({
      action: endpoint.name,
      actor: actorOf(ground, endpoint),
      times: foreignTo(endpoint).length,
    })),
};

describeAttacks<RouteGround>({
  family: "mass assignment",
  atLeast: 50,
  enter: enterRoutes,
  attacks: [...everyWrite, ...protos, ...ownMembers, queries],
});

describe("what is smuggled in", () => {
  test("is refused by every schema itself: none lets through what it does not know", () => {
    const loose = writes.filter((endpoint) => takes(endpoint, { [`x${endpoint.name}`]: 1 }));
    expect(loose.map(({ name }) => name)).toEqual([]);
    expect(writes).toContain(createBooking);
  });
});
