/** Somebody signed in, and what they do with their API keys. For tests. */
import { createClock } from "@holdfast/chassis/clock";
import type { Role } from "@holdfast/contracts/access";
import type { ApiKeyView } from "@holdfast/contracts/api/api-keys";
import type { Id } from "@holdfast/contracts/ids";
import type { JsonAnswer } from "@holdfast/testkit/services/json-client";
import { type AuthWorld, bearer, serviceToken } from "../auth-world.fixture.ts";
import { exchangeApiKey } from "./exchange-api-key.ts";

export interface Made {
  readonly apiKey: ApiKeyView;
  readonly key: string;
}

/** A key as most tests make it. */
export const usualKey = { name: "Channel manager", scopes: ["booking:read:own", "booking:create:own"] };

export interface KeyOwner {
  readonly userId: Id<"usr">;
  readonly email: string;
  readonly token: string;
  make(body?: object): Promise<JsonAnswer>;
  /** Rejects where the key was refused. */
  made(body?: object): Promise<Made>;
  list(): Promise<ApiKeyView[]>;
  rotate(keyId: string, previousWorksForHours: number): Promise<JsonAnswer>;
  revoke(keyId: string): Promise<JsonAnswer>;
  /** What the audit log has of their keys, oldest first. */
  audited(): Promise<{ action: string; targets: string[] }[]>;
}

export async function keyOwner(world: AuthWorld, of: { roles?: Role[] } = {}): Promise<KeyOwner> {
  const { userId, email, tokens } = await world.signedIn(of);
  const token = tokens.accessToken;
  const make: KeyOwner["make"] = (body = usualKey) => world.as(token, "POST /v1/api-keys", body);
  return {
    userId,
    email,
    token,
    make,
    made: async (body) => {
      const answered = await make(body);
      if (answered.status !== 201) throw new Error(`no key was made: ${JSON.stringify(answered.body)}`);
      return answered.body as Made;
    },
    list: async () => {
      const { body } = await world.as(token, "GET /v1/api-keys");
      return (body as { items: ApiKeyView[] }).items;
    },
    rotate: (keyId, previousWorksForHours) =>
      world.as(token, `POST /v1/api-keys/${keyId}/rotations`, { previousWorksForHours }),
    revoke: (keyId) => world.as(token, `DELETE /v1/api-keys/${keyId}`),
    audited: async () => {
      const rows = await world.db
        .selectFrom("audit_log")
        .select(["action", "targets"])
        .where("actor", "=", userId)
        .where("kind", "=", "account")
        .orderBy("id")
        .execute();
      return rows.filter(({ action }) => action.endsWith("ApiKey"));
    },
  };
}

type Exchanged = Awaited<ReturnType<typeof exchangeApiKey>>;

/** Exchanges keys in the gateway's name. */
export async function openExchange(world: AuthWorld) {
  const token = await serviceToken(world.url, "gateway");
  const exchange = async (key: string): Promise<Exchanged> => {
    const headers = bearer(token);
    const answered = await world.client("POST /internal/api-keys/exchange", { body: { key }, headers });
    if (answered.status !== 200) throw new Error(`the exchange answered ${answered.status}`);
    return answered.body as Exchanged;
  };
  return { exchange, works: async (key: string) => (await exchange(key)).accessToken !== null };
}

/** Exchanges a key as auth would at that machine time, for a token called `token`. */
export function exchangeAt({ db }: AuthWorld, key: string, now: Temporal.Instant): Promise<Exchanged> {
  const clock = { ...createClock({ test: false }), machineNow: () => now };
  return exchangeApiKey({ db, clock, accessTokens: { issue: () => Promise.resolve("token") } }, key);
}
