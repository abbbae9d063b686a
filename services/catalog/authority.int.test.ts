/** Who may write what: every write of catalog by everybody there is. */
import { allEndpoints } from "@holdfast/contracts/api/all";
import { newId } from "@holdfast/contracts/ids";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type As, CatalogWorld, chairRules, documents } from "./catalog-world.fixture.ts";

const callers = ["owner", "manager", "staff", "stranger", "customer", "admin"] as const;
type WhoCalls = (typeof callers)[number];

interface Write {
  readonly request: `${"POST" | "PUT" | "PATCH" | "DELETE"} /${string}`;
  readonly body?: object;
  readonly ifMatch?: string;
}

/** What a write is tried on; made anew for every try. */
interface Ground {
  readonly vendorId: string;
  readonly resourceId: string;
  readonly promotionId: string;
  readonly memberId: string;
}

const promotion = { code: "SPRING", label: "Spring", discount: { basisPoints: 1000 } };

interface Row {
  /** Steps of onboarding that come before. */
  readonly after?: readonly string[];
  readonly write: (on: Ground) => Write;
  /** Status of the answer to each of `callers`, in their order. */
  readonly answers: readonly [number, number, number, number, number, number];
}

const anybody = [201, 201, 201, 201, 403, 201] as const;
const administrators = [403, 403, 403, 403, 403, 200] as const;
const owners = (ok: number) => [ok, 403, 403, 404, 403, ok] as const;
const editors = (ok: number) => [ok, ok, 403, 404, 403, ok] as const;

const rows: Readonly<Record<string, Row>> = {
  registerVendor: { write: () => ({ request: "POST /v1/vendors", body: { name: "New" } }), answers: anybody },
  changeVendor: {
    write: ({ vendorId }) => ({
      request: `PATCH /v1/vendors/${vendorId}`,
      body: { description: "New" },
      ifMatch: "*",
    }),
    answers: editors(200),
  },
  submitVendor: {
    write: ({ vendorId }) => ({ request: `POST /v1/vendors/${vendorId}/submit`, body: { documents } }),
    answers: owners(200),
  },
  reviewVendor: {
    after: ["submit"],
    write: ({ vendorId }) => ({ request: `POST /v1/vendors/${vendorId}/review` }),
    answers: administrators,
  },
  verifyVendor: {
    after: ["submit"],
    write: ({ vendorId }) => ({ request: `POST /v1/vendors/${vendorId}/verify` }),
    answers: administrators,
  },
  rejectVendor: {
    after: ["submit"],
    write: ({ vendorId }) => ({ request: `POST /v1/vendors/${vendorId}/reject`, body: { reasons: ["No."] } }),
    answers: administrators,
  },
  suspendVendor: {
    after: ["submit", "verify"],
    write: ({ vendorId }) => ({ request: `POST /v1/vendors/${vendorId}/suspend`, body: { reason: "No." } }),
    answers: administrators,
  },
  reinstateVendor: {
    after: ["submit", "verify", "suspend"],
    write: ({ vendorId }) => ({ request: `POST /v1/vendors/${vendorId}/reinstate` }),
    answers: administrators,
  },
  addVendorMember: {
    write: ({ vendorId }) => ({
      request: `POST /v1/vendors/${vendorId}/members`,
      body: { userId: newId("usr"), role: "staff" },
    }),
    answers: owners(201),
  },
  removeVendorMember: {
    write: ({ vendorId, memberId }) => ({ request: `DELETE /v1/vendors/${vendorId}/members/${memberId}` }),
    answers: owners(204),
  },
  createResource: {
    write: ({ vendorId }) => ({ request: "POST /v1/resources", body: { vendorId, rules: chairRules } }),
    answers: editors(201),
  },
  replaceResource: {
    write: ({ resourceId }) => ({
      request: `PUT /v1/resources/${resourceId}`,
      body: { rules: chairRules },
      ifMatch: "*",
    }),
    answers: editors(200),
  },
  publishResource: {
    after: ["submit", "verify"],
    write: ({ resourceId }) => ({ request: `POST /v1/resources/${resourceId}/publish` }),
    answers: editors(200),
  },
  retireResource: {
    write: ({ resourceId }) => ({ request: `POST /v1/resources/${resourceId}/retire` }),
    answers: editors(200),
  },
  createPromotion: {
    write: ({ vendorId }) => ({
      request: `POST /v1/vendors/${vendorId}/promotions`,
      body: { ...promotion, code: "SUMMER" },
    }),
    answers: editors(201),
  },
  replacePromotion: {
    write: ({ vendorId, promotionId }) => ({
      request: `PUT /v1/vendors/${vendorId}/promotions/${promotionId}`,
      body: promotion,
      ifMatch: "*",
    }),
    answers: editors(200),
  },
  endPromotion: {
    write: ({ vendorId, promotionId }) => ({
      request: `POST /v1/vendors/${vendorId}/promotions/${promotionId}/end`,
    }),
    answers: editors(200),
  },
};

let world: CatalogWorld;
let as: Record<WhoCalls, As>;
const people = { manager: newId("usr"), staff: newId("usr") } as const;

beforeAll(async () => {
  world = await CatalogWorld.start();
  as = {
    owner: world.owner,
    manager: world.vendorUser(people.manager),
    staff: world.vendorUser(people.staff),
    stranger: world.vendorUser(),
    customer: world.signer.authorization({ roles: ["customer"] }),
    admin: world.admin,
  };
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const stepBodies: Readonly<Record<string, object>> = { submit: { documents }, suspend: { reason: "No." } };

async function ground(after: readonly string[] = []): Promise<Ground> {
  const { vendorId } = await world.draftVendor();
  const member = async (userId: string, role: string) => {
    const body = { userId, role };
    await world.client(`POST /v1/vendors/${vendorId}/members`, { body, headers: world.owner });
    return userId;
  };
  await member(people.manager, "manager");
  await member(people.staff, "staff");
  const memberId = await member(newId("usr"), "staff");
  const { resourceId } = await world.draft(vendorId);
  const headers = world.owner;
  const made = await world.client(`POST /v1/vendors/${vendorId}/promotions`, { body: promotion, headers });
  const { promotionId } = made.body as { promotionId: string };
  for (const verb of after) await world.step(vendorId, verb, stepBodies[verb]);
  return { vendorId, resourceId, promotionId, memberId };
}

/** Everything a write could change, as one text. */
async function stateOf(vendorId: string): Promise<string> {
  const { rows: state } = await world.sql.query<{ state: string }>(
    `select concat(
       (select to_json(v) from vendors v where v.id = $1),
       (select json_agg(m order by m.user_id) from vendor_members m where m.vendor_id = $1),
       (select json_agg(r order by r.id) from resources r where r.vendor_id = $1),
       (select json_agg(p order by p.id) from promotions p where p.vendor_id = $1)) as state`,
    [vendorId],
  );
  return state[0]!.state;
}

const writes = allEndpoints.filter(
  // What only services may call reads by POST, and people are refused it before anything.
  ({ service, method, path, access }) =>
    service === "catalog" && method !== "get" && access !== "service" && !path.startsWith("/v1/operations"),
);

test("the table has every write of catalog", () => {
  expect(writes.map(({ name }) => name).filter((name) => !(name in rows))).toEqual([]);
  expect(Object.keys(rows)).toHaveLength(writes.filter(({ name }) => name in rows).length);
});

describe.each(Object.entries(rows))("%s", (_, { after, write, answers }) => {
  test.each(callers.map((who, index) => [who, answers[index]!] as const))(
    "by %s answers %d, and changes nothing where refused",
    async (who, expected) => {
      const on = await ground(after);
      const before = await stateOf(on.vendorId);
      const { request, body, ifMatch } = write(on);
      const headers = { ...as[who], ...(ifMatch === undefined ? {} : { "if-match": ifMatch }) };
      const answered = await world.client(request, { body, headers });
      expect(answered.status, JSON.stringify(answered.body)).toBe(expected);
      const unchanged = (await stateOf(on.vendorId)) === before;
      expect(unchanged || expected < 400).toBe(true);
    },
  );
});
