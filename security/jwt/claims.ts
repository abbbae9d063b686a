/** Tokens that auth's own key has signed and that say something else than an access token does. */
import { type Forgery, nowSeconds } from "./forgery.ts";

type Changed = { readonly header?: Record<string, unknown>; readonly claims?: Record<string, unknown> };

const claim = (claims: () => Record<string, unknown>) => (): Changed => ({ claims: claims() });
const typ = (name: string | undefined) => (): Changed => ({ header: { typ: name } });

/** Each with what differs from a good token. */
export const claimAttacks: readonly (readonly [title: string, changed: (forgery: Forgery) => Changed])[] = [
  ["typ JWT, as an ID token has it", typ("JWT")],
  ["typ left out", typ(undefined)],
  ["typ of a token of another kind", typ("logout+jwt")],
  ["for another audience", claim(() => ({ aud: "holdfast-staging" }))],
  ["for other audiences", claim(() => ({ aud: ["accounts", "holdfast2"] }))],
  ["for no audience", claim(() => ({ aud: undefined }))],
  ["of another issuer", claim(() => ({ iss: "https://accounts.google.com" }))],
  [
    "of an issuer with the same beginning",
    ({ claims }) => ({ claims: { iss: `${String(claims["iss"])}.evil.example` } }),
  ],
  ["of an issuer with a slash more", ({ claims }) => ({ claims: { iss: `${String(claims["iss"])}/` } })],
  ["of no issuer", claim(() => ({ iss: undefined }))],
  ["expired", claim(() => ({ iat: nowSeconds() - 400, exp: nowSeconds() - 10 }))],
  ["without an end", claim(() => ({ exp: undefined }))],
  ["with an end that is a text", claim(() => ({ exp: String(nowSeconds() + 300) }))],
  ["not yet valid", claim(() => ({ nbf: nowSeconds() + 60 }))],
  ["without the time it was issued at", claim(() => ({ iat: undefined }))],
  ["with a time of issue that is a text", claim(() => ({ iat: String(nowSeconds()) }))],
  ["of nobody", claim(() => ({ sub: undefined }))],
  ["of an empty subject", claim(() => ({ sub: "" }))],
  ["of a subject that is no account", claim(() => ({ sub: "admin" }))],
  ["of a subject with a path in it", claim(() => ({ sub: "svc:../gateway" }))],
  ["of several subjects", ({ claims }) => ({ claims: { sub: [claims["sub"]] } })],
  ["with roles that are one text", claim(() => ({ roles: "admin" }))],
  ["with more roles than there are", claim(() => ({ roles: Array.from({ length: 17 }, () => "admin") }))],
  ["with a scope and no key", claim(() => ({ scope: "booking:read:own" }))],
  ["with a key and no scope", claim(() => ({ key_id: "key_01jd0000000000000000000000" }))],
];
