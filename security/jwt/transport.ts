/** Attacks on how tokens arrive: floods, sizes, headers that two readers read differently. */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Attack } from "../attack.ts";
import { type Answered, bearer, send } from "../requests.ts";
import { madeUpKid, token } from "./forgery.ts";
import { type JwtGround, keySetFetches } from "./ground.ts";

const flood = 200;
const wave = 50;
const problem = z.looseObject({ code: z.string() });

/** A request with headers as fetch does not send them, the same name twice among them. */
async function sendRaw(url: string, headers: readonly [name: string, value: string][]): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const asked = request(url, {
    method: "PATCH",
    headers: headers.flat(),
    signal: AbortSignal.timeout(10_000),
  });
  asked.once("error", reject);
  asked.once("response", (response) => {
    text(response).then((body) => {
      const { code } = problem.parse(JSON.parse(body));
      resolve({ status: response.statusCode ?? 0, headers: new Headers(), text: body, code });
    }, reject);
  });
  asked.end('{"name":"Taken Over"}');
  return promise;
}

function raw(ground: JwtGround, ...headers: [string, string][]): Promise<Answered> {
  const { gatewayUrl } = ground.world.place;
  const { host } = new URL(gatewayUrl);
  return sendRaw(`${gatewayUrl}/v1/me`, [
    ["Host", host],
    ["Content-Type", "application/json"],
    ["Content-Length", "21"],
    ...headers,
  ]);
}

const renamed = { action: "changeProfile", actor: null, service: "gateway" } as const;
const unread = { action: "unknown-route", actor: null, service: "gateway" } as const;

export const transportAttacks: readonly Attack<JwtGround>[] = [
  {
    title: `${flood} tokens of kids that nobody has, at one service: they cost one fetch of the key set at most`,
    send: async (ground) => {
      const { forge, world } = ground;
      const before = await keySetFetches(ground);
      const answers: Answered[] = [];
      for (let sent = 0; sent < flood; sent += wave) {
        const tokens = Array.from({ length: wave }, () =>
          token(forge, forge.own, { header: { kid: madeUpKid() } }),
        );
        answers.push(
          ...(await Promise.all(
            tokens.map((one) =>
              send({
                method: "post",
                url: `${world.place.serviceUrls.catalog}/v1/vendors`,
                headers: bearer(one),
                body: { name: "An attacker's house" },
              }),
            ),
          )),
        );
      }
      const fetches = (await keySetFetches(ground)) - before;
      if (fetches > 1) throw new Error(`the flood made catalog fetch the keys ${fetches} times`);
      return answers;
    },
    refusal: [401, "auth/token-invalid"],
    audited: () => ({ action: "registerVendor", actor: null, service: "catalog", times: flood }),
  },
  {
    title: "a token of a megabyte",
    send: ({ forge, world }) =>
      send({
        method: "patch",
        url: `${world.place.gatewayUrl}/v1/me`,
        headers: bearer(token(forge, forge.real, { claims: { padding: "x".repeat(1_000_000) } })),
        body: { name: "Taken Over" },
      }),
    refusal: [431, "request/malformed"],
    audited: () => unread,
  },
  {
    title: "two Authorization headers, the good one first",
    send: (ground) =>
      raw(ground, ["Authorization", `Bearer ${ground.forge.good}`], ["Authorization", "Bearer evil"]),
    refusal: [400, "request/malformed"],
    audited: () => unread,
  },
  {
    title: "two Authorization headers, the good one last",
    send: (ground) =>
      raw(ground, ["Authorization", "Bearer evil"], ["authorization", `Bearer ${ground.forge.good}`]),
    refusal: [400, "request/malformed"],
    audited: () => unread,
  },
  {
    title: "two tokens in one Authorization header",
    send: (ground) => raw(ground, ["Authorization", `Bearer evil, Bearer ${ground.forge.good}`]),
    refusal: [401, "auth/token-invalid"],
    audited: () => renamed,
  },
  {
    title: "a token of another scheme",
    send: (ground) => raw(ground, ["Authorization", `Basic ${ground.forge.good}`]),
    refusal: [401, "auth/token-invalid"],
    audited: () => renamed,
  },
  {
    title: "a token without a scheme",
    send: (ground) => raw(ground, ["Authorization", ground.forge.good]),
    refusal: [401, "auth/token-invalid"],
    audited: () => renamed,
  },
  {
    title: "a token in the query",
    send: ({ forge, world }) =>
      send({
        method: "patch",
        url: `${world.place.gatewayUrl}/v1/me?access_token=${forge.good}`,
        body: { name: "Taken Over" },
      }),
    refusal: [401, "auth/token-missing"],
    audited: () => renamed,
  },
  {
    title: "a token in a header of another name",
    send: (ground) => raw(ground, ["X-Forwarded-Authorization", `Bearer ${ground.forge.good}`]),
    refusal: [401, "auth/token-missing"],
    audited: () => renamed,
  },
];
