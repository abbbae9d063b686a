/** Every call that changes something, under an Idempotency-Key: at once, again, with other content, by others, and a day later. */
import { sweepAnswers } from "@holdfast/chassis/idempotency";
import { type ChassisTables, openDatabase } from "@holdfast/chassis/database";
import { createLogger } from "@holdfast/chassis/log";
import { allEndpoints } from "@holdfast/contracts/api/all";
import { changeProfile } from "@holdfast/contracts/api/accounts";
import { type EndpointDefinition, keyTaken, servers } from "@holdfast/contracts/define-endpoint";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changedTables, fingerprint, type Fingerprint, quietFingerprint } from "./fingerprint.ts";
import { actsOfAccounts } from "./repetition/acts-of-accounts.ts";
import { actsOfBookings } from "./repetition/acts-of-bookings.ts";
import { actsOfVendors } from "./repetition/acts-of-vendors.ts";
import type { Prepare, Unusual } from "./repetition/act.ts";
import { actsOfOperators } from "./repetition/dead-letters.ts";
import { otherContent } from "./repetition/other-content.ts";
import { type Answered, type Asked, send, serviceToken } from "./requests.ts";
import { idsAt, makeRoutes, type RouteGround, tokenAt } from "./route-ground.ts";
import { leastBody, leastQuery, requestTo } from "./route-requests.ts";

const acts: Readonly<Record<string, Prepare>> = {
  ...actsOfAccounts,
  ...actsOfVendors,
  ...actsOfBookings,
  ...actsOfOperators,
};

const keyed = allEndpoints.filter((endpoint) => keyTaken(endpoint) !== "none");
const rows = keyed.map((endpoint) => [endpoint.name, endpoint] as const);

/** After these their caller is nobody: what they did is all that a repetition would be told. */
const endsItsCaller: ReadonlySet<string> = new Set(["logOut", "logOutBrowser", "closeAccount"]);

/** With another password nothing is looked up: it must be right first. */
const provesFirst: Readonly<Record<string, readonly [status: number, code: string]>> = {
  stepUp: [401, "auth/credentials-wrong"],
};

/** What is sent, the same each time. */
type Act = Required<Unusual> & { readonly key: string };

const lanes = 4;
const log = createLogger("test", "fatal");

let ground: RouteGround;
/** Another of the callers of each kind. */
let others: { readonly admin: string; readonly service: string };
const made = new Map<string, Act>();
const answers = new Map<string, Answered>();

beforeAll(async () => {
  ground = await makeRoutes();
  const { world } = ground;
  const secret = world.place.secrets.gatewayClientSecret;
  const [admin, service] = await Promise.all([
    world.newAccount(["admin"]),
    serviceToken(world.place, { id: "gateway", secret }),
  ]);
  others = { admin: admin.client.tokens.accessToken, service };
  // Side by side, and not all at once: auth hashes few passwords at a time.
  const left = [...keyed];
  const lane = async () => {
    for (let endpoint = left.pop(); endpoint !== undefined; endpoint = left.pop())
      made.set(endpoint.name, await actOf(endpoint));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
});
afterAll(() => ground?.[Symbol.asyncDispose]());

async function actOf(endpoint: EndpointDefinition): Promise<Act> {
  const unusual = await acts[endpoint.name]?.(ground);
  return {
    key: randomUUID(),
    token: endpoint.access === "public" ? null : tokenAt(ground, endpoint, "A"),
    body: leastBody(ground, endpoint, "A"),
    query: leastQuery(ground, endpoint, "A"),
    ...unusual,
    ids: { ...idsAt(ground, endpoint, "A"), ...unusual?.ids },
  };
}

function asked(endpoint: EndpointDefinition, act: Unusual & { readonly key: string }): Asked {
  const via = endpoint.access === "service" ? "service" : "gateway";
  const { token = null, key, ...rest } = act;
  return requestTo(ground, endpoint, { ...rest, token, via, headers: { "idempotency-key": key } });
}

const isReplayed = ({ headers }: Answered) => headers.get("idempotency-replayed") === "true";
const ofKeys = (answered: Answered) => answered.code?.startsWith("request/idempotency-key") === true;

test.each(rows)(
  "%s: of three at once one has an effect, and the others are told so",
  async (name, endpoint) => {
    const request = asked(endpoint, made.get(name)!);
    const sent = await Promise.all([send(request), send(request), send(request)]);
    const fresh = sent.filter((answered) => answered.status < 400 && !isReplayed(answered));
    expect(
      fresh.map(({ status }) => status),
      JSON.stringify(sent.map(({ text }) => text)),
    ).toEqual([endpoint.answers.status]);
    answers.set(name, fresh[0]!);
    const told = sent.filter((one) => one !== fresh[0]).map((other) => meanwhile(endpoint, fresh[0]!, other));
    expect(told).toEqual(["as expected", "as expected"]);
  },
);

/** Who comes while the first is in hand is told so; who comes just after has its answer. */
function meanwhile({ name }: EndpointDefinition, first: Answered, other: Answered): string {
  const isAsExpected = isReplayed(other)
    ? other.status === first.status && other.text === first.text
    : other.code === "request/idempotency-key-in-flight" || (endsItsCaller.has(name) && other.status === 401);
  return isAsExpected ? "as expected" : `${other.status} ${other.text}`;
}

/** What the key's first request was answered, and that it was answered before. */
async function expectAgain(endpoint: EndpointDefinition): Promise<void> {
  const { name } = endpoint;
  const again = await send(asked(endpoint, made.get(name)!));
  const first = answers.get(name)!;
  const kept = ({ headers }: Answered) => ["etag", "location", "cache-control"].map((of) => headers.get(of));
  const isGone = endsItsCaller.has(name);
  expect(isGone ? [again.status] : [again.status, isReplayed(again), again.text, kept(again)]).toEqual(
    isGone ? [401] : [first.status, true, first.text, kept(first)],
  );
}

async function expectOtherContentRefused(endpoint: EndpointDefinition): Promise<void> {
  const act = made.get(endpoint.name)!;
  const other = otherContent(endpoint, act);
  // What has no content at all differs from what has.
  const request =
    other === undefined
      ? asked(changeProfile, { key: act.key, token: act.token, body: { name: "Ana" } })
      : asked(endpoint, { ...act, ...other });
  const { status, code } = await send(request);
  const refusal = provesFirst[endpoint.name] ?? [422, "request/idempotency-key-reused"];
  expect([status, code]).toEqual(refusal);
}

async function expectRefusedWithoutKey(endpoint: EndpointDefinition): Promise<void> {
  const { headers, ...request } = asked(endpoint, made.get(endpoint.name)!);
  const { "idempotency-key": _, ...rest } = headers!;
  const { status, code } = await send({ ...request, headers: rest });
  expect([status, code]).toEqual([400, "request/idempotency-key-missing"]);
}

describe("later, with nothing changed:", () => {
  let before: Fingerprint;
  beforeAll(async () => {
    before = await quietFingerprint(ground.sql);
  });

  test.each(rows)("%s: its answer again, and no other content under its key", async (name, endpoint) => {
    await expectAgain(endpoint);
    // Without a caller there is none who used the key for something else.
    if (endpoint.access !== "public" && !endsItsCaller.has(name)) await expectOtherContentRefused(endpoint);
    if (keyTaken(endpoint) === "required") await expectRefusedWithoutKey(endpoint);
    const after = await fingerprint(ground.sql);
    const changed = changedTables(before, after);
    before = after;
    expect(changed).toEqual([]);
  });

  test("nothing changes after a while either", async () => {
    expect(changedTables(before, await quietFingerprint(ground.sql))).toEqual([]);
  });
});

describe("somebody else's:", () => {
  /** Whoever may call it too, and is not the one who did. */
  function otherToken({ access, ...endpoint }: EndpointDefinition): string {
    if (access === "service") return others.service;
    if (access.endsWith(":any")) return others.admin;
    return tokenAt(ground, { access, ...endpoint }, "B");
  }

  test.each(rows.filter(([, { access }]) => access !== "public"))(
    "%s: another caller with the same key is told nothing of it",
    async (name, endpoint) => {
      const answered = await send(asked(endpoint, { ...made.get(name)!, token: otherToken(endpoint) }));
      expect([isReplayed(answered), ofKeys(answered)]).toEqual([false, false]);
    },
  );

  test.each(rows.filter(([, { access }]) => access === "public"))(
    "%s: with other content the same key is another's, who is told nothing of it",
    async (name, endpoint) => {
      const act = made.get(name)!;
      const answered = await send(asked(endpoint, { ...act, ...otherContent(endpoint, act) }));
      expect([isReplayed(answered), ofKeys(answered)]).toEqual([false, false]);
    },
  );
});

describe("a day later:", () => {
  /** What may be done any number of times, at each service that has such a thing. */
  const repeatable = ["changeProfile", "changeVendor", "createQuote"];

  beforeAll(async () => {
    for (const service of servers) {
      await ground.sql.query(
        `update ${service}.idempotency_keys set created_at = created_at - interval '25 hours'`,
      );
      const url = new URL(ground.world.place.databaseUrl);
      url.searchParams.set("options", `-c search_path=${service}`);
      await using database = openDatabase<ChassisTables>({
        url: url.href,
        poolSize: 1,
        applicationName: "a-day-later",
        log,
      });
      await sweepAnswers(database.db);
    }
  });

  test.each(rows.filter(([name]) => repeatable.includes(name)))(
    "%s: is done anew",
    async (name, endpoint) => {
      const answered = await send(asked(endpoint, made.get(name)!));
      expect([answered.status, isReplayed(answered)]).toEqual([endpoint.answers.status, false]);
    },
  );
});
