/** Every attack on access tokens: each is shown at every process, unless it is about one of them. */
import type { Attack } from "../attack.ts";
import { knock, toldBy } from "./doors.ts";
import { claimAttacks } from "./claims.ts";
import { type Forgery, hmac, madeUpKid, partsOf, signed, token, unsigned } from "./forgery.ts";
import type { JwtGround } from "./ground.ts";
import { transportAttacks } from "./transport.ts";

/** A token that is refused by every process alike. */
function forged(title: string, forge: (forgery: Forgery, ground: JwtGround) => string): Attack<JwtGround> {
  return {
    title,
    send: (ground) => knock(ground.doors, `Bearer ${forge(ground.forge, ground)}`),
    refusal: [401, "auth/token-invalid"],
    audited: ({ doors }) => toldBy(doors),
  };
}

const nothingSigned = ["none", "None", "NONE", "nOnE", ""].map((alg) =>
  forged(`alg "${alg}", without a signature`, (f) => token(f, unsigned, { header: { alg } })),
);

const otherAlgorithms: Attack<JwtGround>[] = [
  forged("alg none, with the signature of a true token", (f) => {
    const [header, payload] = partsOf(token(f, unsigned, { header: { alg: "none" } }));
    return `${header}.${payload}.${partsOf(f.good)[2]}`;
  }),
  forged("alg EdDSA, without a signature", (f) => token(f, unsigned)),
  forged("HS256 under the public key's bytes", (f) =>
    token(f, hmac(f.published.raw), { header: { alg: "HS256" } }),
  ),
  forged("HS256 under the public key as PEM", (f) =>
    token(f, hmac(f.published.pem), { header: { alg: "HS256" } }),
  ),
  forged("HS256 under the public key as DER", (f) =>
    token(f, hmac(f.published.der), { header: { alg: "HS256" } }),
  ),
  forged("HS256 under the published JWK", (f) =>
    token(f, hmac(JSON.stringify(f.published.jwk)), { header: { alg: "HS256" } }),
  ),
  forged("HS256 under no key", (f) => token(f, hmac(""), { header: { alg: "HS256" } })),
  forged("RS256 under the attacker's key, with auth's kid", (f) =>
    token(f, f.rsa, { header: { alg: "RS256" } }),
  ),
  forged("ES256 under the attacker's key, with auth's kid", (f) =>
    token(f, f.ec, { header: { alg: "ES256" } }),
  ),
  forged("EdDSA said, ES256 done", (f) => token(f, f.ec)),
  forged("auth's key under another name of the algorithm", (f) =>
    token(f, f.real, { header: { alg: "RS256" } }),
  ),
  forged("alg as a list", (f) => token(f, f.real, { header: { alg: ["EdDSA", "none"] } })),
  forged("no alg", (f) => token(f, f.real, { header: { alg: undefined } })),
];

const ownKeys: Attack<JwtGround>[] = [
  forged("the attacker's key in `jwk`", (f) => token(f, f.own, { header: { jwk: f.ownJwk } })),
  forged("the attacker's key in `jwk`, no kid", (f) =>
    token(f, f.own, { header: { jwk: f.ownJwk, kid: undefined } }),
  ),
  forged("the attacker's keys at `jku`", (f, { listener }) =>
    token(f, f.own, { header: { jku: listener.url } }),
  ),
  forged("the attacker's keys at `jku`, under a kid of theirs", (f, { listener }) =>
    token(f, f.own, { header: { jku: listener.url, kid: madeUpKid() } }),
  ),
  forged("the attacker's certificate at `x5u`", (f, { listener }) =>
    token(f, f.own, { header: { x5u: listener.url } }),
  ),
  forged("the attacker's certificate in `x5c`", (f) =>
    token(f, f.own, { header: { x5c: [f.published.der.toString("base64")] } }),
  ),
  forged("the attacker's key under auth's kid", (f) => token(f, f.own)),
  forged("the key of another environment, which has a kid of its own", (f) =>
    token(f, f.own, { header: { kid: madeUpKid() } }),
  ),
];

const kids: readonly [title: string, kid: unknown][] = [
  ["a path", "../../../../dev/null"],
  ["an address", "http://127.0.0.1/key"],
  ["SQL", "' or 1=1 --"],
  ["a member of every object", "__proto__"],
  ["nothing", ""],
  ["an empty list", []],
  ["a number", 0],
  ["null", null],
];

const kidTricks: Attack<JwtGround>[] = [
  ...kids.map(([title, kid]) => forged(`kid is ${title}`, (f) => token(f, f.own, { header: { kid } }))),
  forged("kid is a list, signed with auth's key", (f) =>
    token(f, f.real, { header: { kid: [f.header["kid"]] } }),
  ),
  forged("no kid, under the attacker's key", (f) => token(f, f.own, { header: { kid: undefined } })),
  forged("auth's key under a kid that is not its own", (f) =>
    token(f, f.real, { header: { kid: madeUpKid() } }),
  ),
];

const shapes: Attack<JwtGround>[] = [
  forged("roles added, not signed again", (f) => {
    const [header, , signature] = partsOf(f.good);
    const raised = { ...f.claims, roles: ["admin", "service"], sub: "svc:gateway" };
    return `${header}.${Buffer.from(JSON.stringify(raised)).toString("base64url")}.${signature}`;
  }),
  forged("the header changed, not signed again", (f) => {
    const [, payload, signature] = partsOf(f.good);
    const header = Buffer.from(JSON.stringify({ ...f.header, typ: "JWT" })).toString("base64url");
    return `${header}.${payload}.${signature}`;
  }),
  forged("the signature of another token", (f) => {
    const [header, payload] = partsOf(
      token(f, f.own, { claims: { sub: "svc:gateway", roles: ["service"] } }),
    );
    return `${header}.${payload}.${partsOf(f.good)[2]}`;
  }),
  forged("the same claim twice", (f) => {
    const text = JSON.stringify(f.claims).slice(0, -1);
    return signed(f.header, `${text},"roles":["service"],"sub":"svc:gateway"}`, f.own);
  }),
  forged("`crit` with what nobody knows", (f) =>
    token(f, f.real, { header: { crit: ["urn:attack"], "urn:attack": true } }),
  ),
  forged("`crit` that is empty", (f) => token(f, f.real, { header: { crit: [] } })),
  forged("a payload that is not encoded (`b64`)", (f) => {
    const header = Buffer.from(JSON.stringify({ ...f.header, b64: false, crit: ["b64"] })).toString(
      "base64url",
    );
    const payload = Buffer.from(JSON.stringify(f.claims)).toString("base64url");
    const signature = f.real(`${header}.${JSON.stringify(f.claims)}`).toString("base64url");
    return `${header}.${payload}.${signature}`;
  }),
  forged("a payload that is detached", (f) => {
    const [header, , signature] = partsOf(f.good);
    return `${header}..${signature}`;
  }),
  forged("a payload that is no object", (f) => signed(f.header, "[]", f.real)),
  forged("a header that is no object", (f) => signed("null", f.claims, f.real)),
  forged("five parts, as if encrypted", (f) => `${f.good}.AAAA.AAAA`),
  forged("a dot at the end", (f) => `${f.good}.`),
  forged("a dot at the start", (f) => `.${f.good}`),
  forged("the good token twice", (f) => `${f.good}.${f.good}`),
  forged("a space inside", (f) => f.good.replace(".", ". ")),
  forged("a tab inside", (f) => f.good.replace(".", ".\t")),
  forged("a token that is longer than tokens are", (f) =>
    token(f, f.real, { claims: { padding: "x".repeat(8_000) } }),
  ),
];

export const jwtAttacks: readonly Attack<JwtGround>[] = [
  ...transportAttacks,
  ...nothingSigned,
  ...otherAlgorithms,
  ...ownKeys,
  ...kidTricks,
  ...claimAttacks.map(([title, claims]) => forged(title, (f) => token(f, f.real, claims(f)))),
  ...shapes,
  forged("a refresh token", (_, { victim }) => victim.client.tokens.refreshToken),
  {
    ...forged("an API key", (_, { apiKey }) => apiKey),
    send: ({ doors, apiKey }) => knock(doors.slice(1), `Bearer ${apiKey}`),
    audited: ({ doors }) => toldBy(doors.slice(1)),
  },
  forged("an API key with one character changed", (_, { apiKey }) => `${apiKey.slice(0, -1)}_`),
  forged("what is no token at all", () => "letmein"),
];
