/** Bodies and texts made to break whoever reads them: too deep, too large, too clever. */
import { randomUUID } from "node:crypto";
import { changeProfile, getMe } from "@holdfast/contracts/api/accounts";
import { createBooking, listBookings } from "@holdfast/contracts/api/booking";
import { createResource, publishResource } from "@holdfast/contracts/api/catalog";
import { createPromotion } from "@holdfast/contracts/api/promotions";
import { searchResources } from "@holdfast/contracts/api/search";
import type { EndpointDefinition } from "@holdfast/contracts/define-endpoint";
import { deskRules } from "@holdfast/testkit/resource-rules";
import { until } from "@holdfast/testkit/until";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attack, describeAttacks } from "./attack.ts";
import { evil, mailsTo } from "./payload/evil-text.ts";
import { packed } from "./payload/bombs.ts";
import { type Bytes, eaters, sendBytes } from "./payload/send-bytes.ts";
import { lines, sendRaw } from "./raw.ts";
import { callerAt, enterRoutes, type RouteGround, tokenAt } from "./route-ground.ts";
import { leastBody, requestTo, sendTo, ways } from "./route-requests.ts";
import { hoursAhead } from "./vendors.ts";

type Row = Attack<RouteGround>;
const audited =
  (times: number): Row["audited"] =>
  (ground) =>
    eaters.map((endpoint) => ({
      action: endpoint.name,
      actor: callerAt(ground, endpoint, "A")?.userId ?? null,
      times,
    }));

type Body = Bytes | ((ground: RouteGround, endpoint: EndpointDefinition) => Bytes);

/** One body at each of the endpoints, through the gateway and at the service, answered within a second. */
function eaten(
  title: string,
  refusal: Row["refusal"],
  body: Body,
  {
    headers,
    isAudited = true,
  }: { readonly headers?: Readonly<Record<string, string>>; readonly isAudited?: boolean } = {},
): Row {
  return {
    title,
    send: (ground) =>
      Promise.all(
        eaters.flatMap((endpoint) =>
          ways.map(async (via) => {
            const bytes = typeof body === "function" ? body(ground, endpoint) : body;
            const startedAt = performance.now();
            const answered = await sendBytes(ground, endpoint, via, bytes, headers);
            expect(performance.now() - startedAt).toBeLessThan(slowestMs);
            return answered;
          }),
        ),
      ),
    refusal,
    audited: isAudited ? audited(2) : merelyWrong,
  };
}

/** On a machine that has nothing else to do it is a few. */
const slowestMs = 5_000;
const merelyWrong = { not: "it is JSON of the wrong shape, as a mistaken client sends it" };

const deep = 10_000;
const nested = (open: string, close: string, inner = "1", depth = deep) =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

const invalid = [400, "request/invalid"] as const;
const malformed = [400, "request/malformed-json"] as const;

/** The least the endpoint takes, with this text before its end. */
const withMember =
  (member: string): Body =>
  (ground, endpoint) =>
    JSON.stringify(leastBody(ground, endpoint, "A")).replace(/\}$/, `,${member}}`);

const structure: Row[] = [
  eaten("__proto__ at the top", invalid, withMember('"__proto__":{"isAdmin":true}')),
  eaten(
    "__proto__ far inside",
    invalid,
    withMember(`"a":${nested('{"a":', "}", '{"__proto__":{"isAdmin":true}}', 300)}`),
  ),
  eaten("__proto__ in disguise", invalid, withMember('"__\\u0070roto__":{"isAdmin":true}')),
  eaten("constructor.prototype", invalid, withMember('"constructor":{"prototype":{"isAdmin":true}}')),
  eaten(
    "toString, valueOf, hasOwnProperty and then",
    invalid,
    withMember('"toString":1,"valueOf":1,"hasOwnProperty":1,"then":1'),
  ),
  eaten("a member with a NUL in its name", invalid, withMember('"a\\u0000":1')),
  eaten("10,000 arrays deep", invalid, nested("[", "]"), { isAudited: false }),
  eaten("10,000 objects deep", invalid, nested('{"a":', "}")),
  eaten("10,000 arrays deep inside a member", invalid, withMember(`"a":${nested("[", "]")}`)),
  eaten("10,000 arrays deep and never closed", malformed, "[".repeat(deep)),
  eaten(
    "5,000 members that nobody knows",
    invalid,
    `{${Array.from({ length: 5_000 }, (_, at) => `"m${at}":1`).join()}}`,
  ),
  eaten("30,000 items", invalid, `[${"1,".repeat(30_000)}1]`, { isAudited: false }),
  eaten("no JSON", malformed, "{"),
  eaten("JSON with a comment", malformed, "{}/**/"),
  eaten("two values", malformed, "{}{}"),
  eaten("NaN", malformed, '{"a":NaN}'),
  eaten("a byte order mark", malformed, "\ufeff{}"),
];

const encodings: Row[] = [
  eaten("bytes that are not UTF-8", malformed, Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
  eaten(
    "UTF-8 that is longer than it need be",
    malformed,
    Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d),
  ),
  eaten("UTF-16 under its name", malformed, new Uint8Array(Buffer.from('\ufeff{"a":1}', "utf16le")), {
    headers: { "content-type": "application/json; charset=utf-16" },
  }),
  eaten("half of a surrogate pair", invalid, withMember('"a":"\\ud800"')),
  eaten("a NUL in a text", invalid, withMember('"a":"b\\u0000c"')),
  ...[
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "text/xml",
  ].map((type) =>
    eaten(`JSON that says it is ${type}`, [415, "request/unsupported-media-type"], withMember('"a":1'), {
      headers: { "content-type": type },
    }),
  ),
];

const compressed: Row[] = Object.entries(packed).map(([coding, bytes]) =>
  eaten(`a ${coding} bomb`, [415, "request/unsupported-media-type"], new Uint8Array(bytes), {
    headers: { "content-encoding": coding },
  }),
);

/** The head of a request whose body is a megabyte, and as much of that as is more than the endpoint takes. */
function endless(ground: RouteGround, endpoint: EndpointDefinition): string {
  const { url, method } = requestTo(ground, endpoint, { token: null, via: "gateway" });
  const { maxBodyBytes = 65_536 } = endpoint;
  return lines(
    `${method.toUpperCase()} ${new URL(url).pathname} HTTP/1.1`,
    "Host: a",
    `Authorization: Bearer ${tokenAt(ground, endpoint, "A")}`,
    `Idempotency-Key: ${randomUUID()}`,
    "Content-Type: application/json",
    "Transfer-Encoding: chunked",
    "",
    "100000",
    " ".repeat(maxBodyBytes + 1_000),
  );
}

const tooLarge = [413, "request/body-too-large"] as const;
const large: Row[] = [
  eaten("a megabyte whose length is said", tooLarge, " ".repeat(1_048_577)),
  {
    title: "more than a megabyte whose length is not said",
    send: async (ground) => {
      const { place } = ground.world;
      const answers = eaters.flatMap((endpoint) =>
        [place.gatewayUrl, place.serviceUrls[endpoint.service]].map((url) =>
          sendRaw(url, endless(ground, endpoint)),
        ),
      );
      return (await Promise.all(answers)).flat();
    },
    refusal: tooLarge,
    // Through the gateway it is cut off on its way, and noted by the gateway; the service is told of a broken body.
    audited: audited(2),
  },
];

/** Wrong values in members that are the endpoint's own; by where, what, and a body made of the least. */
const at = (endpoint: EndpointDefinition, title: string, change: (least: string) => string): Row => ({
  title: `${endpoint.name}: ${title}`,
  send: (ground) =>
    Promise.all(
      ways.map(async (via) => {
        const startedAt = performance.now();
        const body = change(JSON.stringify(leastBody(ground, endpoint, "A")));
        const answered = await sendBytes(ground, endpoint, via, body);
        expect(performance.now() - startedAt).toBeLessThan(slowestMs);
        return answered;
      }),
    ),
  refusal: invalid,
  audited: merelyWrong,
});

const numbers: Row[] = ["1e400", "-1e400", "9007199254740993", "1e21", "0.1", "-1", '"1"', "null", "[1]"].map(
  (text) =>
    at(createPromotion, `takes ${text} minor units off`, (least) =>
      least.replace(/"discount":\{[^}]*\}/, `"discount":{"amountMinor":${text}}`),
    ),
);

const quantities: Row[] = ["1e400", "9007199254740993", "-0.5", "0"].map((text) =>
  at(createBooking, `${text} units`, (least) => least.replace(/\}$/, `,"quantity":${text}}`)),
);

/** Texts that make a careless pattern try everything; at members that have one. */
const patterns: Row[] = [
  at(createPromotion, "a code that a careless pattern would never finish with", (least) =>
    least.replace(/"code":"[^"]*"/, `"code":"${"A-".repeat(25_000)}!"`),
  ),
  at(createBooking, "a way of paying that a careless pattern would never finish with", (least) =>
    least.replace(/\}$/, `,"paymentMethod":"pm_${"a".repeat(50_000)}!"}`),
  ),
  at(createBooking, "an instant that a careless pattern would never finish with", (least) =>
    least.replace(/"startsAt":"[^"]*"/, `"startsAt":"2026-01-01T00:00:00.${"0".repeat(50_000)}"`),
  ),
];

/** A key that comes twice: the last one counts, for whoever checks it and whoever uses it, for they are the same. */
const duplicates: Row = at(createBooking, "a resource that comes twice, the second time as none", (least) =>
  least.replace(/\}$/, ',"resourceId":"nonsense"}'),
);

describeAttacks<RouteGround>({
  family: "payload",
  atLeast: 45,
  enter: enterRoutes,
  attacks: [
    ...structure,
    ...encodings,
    ...compressed,
    ...large,
    ...numbers,
    ...quantities,
    ...patterns,
    duplicates,
  ],
});

describe("what is taken", () => {
  let ground: RouteGround;
  beforeAll(async () => {
    ground = await enterRoutes();
  });
  afterAll(() => ground?.[Symbol.asyncDispose]());

  test("has changed no object's prototype, in any service", async () => {
    await Promise.all(
      eaters.map((endpoint) =>
        sendBytes(ground, endpoint, "service", '{"constructor":{"prototype":{"isAdmin":true,"limit":7}}}'),
      ),
    );
    const asked = await Promise.all(
      [getMe, listBookings, searchResources].map((endpoint) =>
        sendTo(ground, endpoint, {
          token: ground.world.people.customer.client.tokens.accessToken,
          via: "service",
          side: "A",
        }),
      ),
    );
    expect(asked.filter(({ text }) => text.includes("isAdmin"))).toEqual([]);
    expect(asked[0]?.status).toBe(200);
  });

  test("is text: stored as it was sent, and shown in a mail as it is", async () => {
    const { world, sql } = ground;
    const guest = await world.newAccount(["customer"]);
    const { text } = await sendTo(ground, changeProfile, {
      token: guest.client.tokens.accessToken,
      via: "gateway",
      body: { name: evil },
    });
    expect(JSON.parse(text)).toMatchObject({ name: evil });
    const { rows } = await sql.query("select name from auth.users where id = $1", [guest.userId]);
    expect(rows).toEqual([{ name: evil }]);
    const { owner } = world.people;
    const { vendorId } = world.vendorA;
    const victim = `victim-${randomUUID()}@example.com`;
    const rules = { ...deskRules, title: `A desk\r\nBcc: ${victim}\r\n\r\n<script>alert(1)</script>` };
    const { resourceId } = await owner.client.call(createResource, { body: { vendorId, rules } });
    await owner.client.call(publishResource, { params: { resourceId } });
    await until("booking to know it", async () => {
      const known = await sql.query("select 1 from booking.resources where resource_id = $1", [resourceId]);
      return known.rowCount === 1;
    });
    const asked = { startsAt: hoursAhead(400), endsAt: hoursAhead(401), paymentMethod: "pm_card_visa" };
    await guest.client.book({ resourceId, ...asked }, { waitSeconds: 30 });
    const mail = await until("the mail", async () =>
      (await mailsTo(world.place, guest.email)).find((one) => one.text.includes("drop table")),
    );
    expect(mail.text).toContain(evil.slice(0, 30));
    expect(mail.html ?? "").not.toMatch(/<script>|<img src=x/);
    expect(mail.subject).not.toMatch(/[\r\n]/);
    expect(await mailsTo(world.place, victim)).toEqual([]);
  });
});
