/** Everybody who tries every endpoint, and what the platform should take them for. */
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import type { Role, Scope } from "@holdfast/contracts/access";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import { serviceToken } from "../requests.ts";
import type { Account, People, SecurityWorld } from "../world.ts";

/** Vendor A with the customer's booking, or vendor B with the other customer's. */
export const sides = ["A", "B"] as const;
export type Side = (typeof sides)[number];

export interface Caller {
  readonly name: string;
  /** Null for nobody. */
  readonly token: string | null;
  readonly roles: readonly Role[];
  /** All an API key may do; it works at the gateway alone. */
  readonly scopes?: readonly Scope[];
  readonly account?: Account;
  readonly memberOf?: { readonly side: Side; readonly role: MemberRole };
  /** Whose bookings, quotes and places in line are theirs. */
  readonly guestAt?: Side;
}

const facts: Readonly<Record<keyof People, Pick<Caller, "memberOf" | "guestAt">>> = {
  customer: { guestAt: "A" },
  otherCustomer: { guestAt: "B" },
  owner: { memberOf: { side: "A", role: "owner" } },
  manager: { memberOf: { side: "A", role: "manager" } },
  staff: { memberOf: { side: "A", role: "staff" } },
  stranger: { memberOf: { side: "B", role: "owner" } },
  support: {},
  admin: {},
};

/** The scopes of the keys: no call that one of them may make is made with that one. */
const keyScopes = ["payment:read:own", "booking:cancel:own"] as const satisfies readonly Scope[];

/** Nobody, everybody with an account, a service, and API keys. */
export async function everybody(world: SecurityWorld): Promise<Caller[]> {
  const { people, place } = world;
  const names = Object.keys(people) as (keyof People)[];
  const secret = place.secrets.notificationClientSecret;
  return [
    { name: "nobody", token: null, roles: [] },
    ...names.map((name) => ({
      name,
      token: people[name].client.tokens.accessToken,
      roles: people[name].client.user.roles,
      account: people[name],
      ...facts[name],
    })),
    { name: "service", token: await serviceToken(place, { id: "notification", secret }), roles: ["service"] },
    ...(await Promise.all(
      keyScopes.map(async (scope) => ({
        name: `key for ${scope}`,
        token: await keyOf(people.admin, scope),
        roles: people.admin.client.user.roles,
        scopes: [scope],
      })),
    )),
  ];
}

async function keyOf({ client }: Account, scope: Scope): Promise<string> {
  const { key } = await client.call(createApiKey, { body: { name: scope, scopes: [scope] } });
  return key;
}
