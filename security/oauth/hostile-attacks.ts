/** Attacks by a provider, or by somebody between it and auth: answers that an honest one never gives. */
import { inject } from "vitest";
import type { Attack, Ground } from "../attack.ts";
import { unsigned } from "../jwt/forgery.ts";
import { openSql } from "../place.ts";
import type { Answered } from "../requests.ts";
import { startAgain } from "../started-again.ts";
import { begin, comeBack } from "./browser.ts";
import {
  type HostileProvider,
  type Redeemed,
  startHostileProvider,
  type TokenAnswer,
  tokens,
} from "./hostile-provider.ts";

export interface HostileGround extends Ground {
  readonly gatewayUrl: string;
  readonly provider: HostileProvider;
  /** A sign-in that waits for a token endpoint which never answers, and how long auth waits is no attack's time. */
  readonly hanging: Promise<Answered>;
}

const laterThanAuthWaitsMs = 8_000;

async function signIn(
  { gatewayUrl, provider }: Pick<HostileGround, "gatewayUrl" | "provider">,
  answer: (redeemed: Redeemed) => TokenAnswer,
): Promise<Answered> {
  const { state, nonce, cookie } = await begin(gatewayUrl);
  const code = provider.code(nonce, answer);
  return comeBack(gatewayUrl, { state, code, iss: provider.issuer }, cookie);
}

/** Auth and the gateway once more, of which auth takes the hostile provider for Google. */
export async function enterHostileGround(): Promise<HostileGround> {
  await using entering = new AsyncDisposableStack();
  const place = inject("securityPlace");
  const provider = entering.use(
    await startHostileProvider({ clientId: "holdfast", clientSecret: place.secrets.openidClientSecret }),
  );
  const auth = entering.use(await startAgain("auth", place, { GOOGLE_ISSUER: provider.issuer }));
  const gateway = entering.use(await startAgain("gateway", place, { AUTH_URL: auth.url }));
  const sql = openSql(place);
  entering.defer(() => sql.end());
  const gatewayUrl = gateway.url;
  // Behaving, it signs people in: else the refusals would say nothing.
  const honest = await signIn({ gatewayUrl, provider }, ({ idToken }) => tokens(idToken()));
  if (honest.status !== 303) throw new Error(`an honest answer is refused: ${honest.text}`);
  const hanging = signIn({ gatewayUrl, provider }, () => ({ body: "{}", afterMs: laterThanAuthWaitsMs }));
  hanging.catch(() => undefined);
  const leaving = entering.move();
  return {
    world: { sql },
    gatewayUrl,
    provider,
    hanging,
    [Symbol.asyncDispose]: () => leaving.disposeAsync(),
  };
}

/** The attempt is over, whatever came of it. */
const writes = ["auth.oauth_attempts"];

function refused(title: string, answer: (redeemed: Redeemed) => TokenAnswer): Attack<HostileGround> {
  return {
    title,
    send: (ground) => signIn(ground, answer),
    refusal: [403, "auth/google-refused"],
    audited: () => ({ action: "endGoogleSignIn", actor: null, service: "auth" }),
    writes,
  };
}

function unanswered(title: string, answer: TokenAnswer): Attack<HostileGround> {
  return {
    ...refused(title, () => answer),
    refusal: [503, "auth/google-unavailable"],
    audited: { not: "an outage is not refused for the sake of security" },
  };
}

const seconds = () => Math.floor(Date.now() / 1_000);

export const hostileAttacks: readonly Attack<HostileGround>[] = [
  refused("an ID token of another attempt, with its nonce", ({ idToken }) =>
    tokens(idToken({ nonce: "another-attempt" })),
  ),
  refused("an ID token without a nonce", ({ idToken }) => tokens(idToken({ nonce: undefined }))),
  refused("an ID token signed with a key that was never published", ({ idToken, stranger }) =>
    tokens(idToken({}, {}, stranger)),
  ),
  refused("an ID token of alg none", ({ idToken }) => tokens(idToken({}, { alg: "none" }, unsigned))),
  refused("an ID token signed with the client's own secret", ({ idToken, secret }) =>
    tokens(idToken({}, { alg: "HS256" }, secret)),
  ),
  refused("an ID token of an unknown kid", ({ idToken, stranger }) =>
    tokens(idToken({}, { kid: "another" }, stranger)),
  ),
  refused("an ID token for another client", ({ idToken }) => tokens(idToken({ aud: "another-client" }))),
  refused("an ID token for several, made for another", ({ idToken, clientId }) =>
    tokens(idToken({ aud: [clientId, "another-client"], azp: "another-client" })),
  ),
  refused("an ID token of another issuer", ({ idToken }) =>
    tokens(idToken({ iss: "https://accounts.google.com" })),
  ),
  refused("an ID token that has expired", ({ idToken }) =>
    tokens(idToken({ iat: seconds() - 600, exp: seconds() - 300 })),
  ),
  refused("an ID token without an end", ({ idToken }) => tokens(idToken({ exp: undefined }))),
  refused("an ID token of nobody", ({ idToken }) => tokens(idToken({ sub: "" }))),
  refused("no ID token at all", () => tokens(undefined)),
  refused("an address that the provider does not vouch for", ({ idToken }) =>
    tokens(idToken({ email: "admin@demo.example", email_verified: false })),
  ),
  refused("an address of which is not said whether it is verified", ({ idToken }) =>
    tokens(idToken({ email: "admin@demo.example", email_verified: undefined })),
  ),
  {
    ...refused("an answer said to be another issuer's (mix-up)", () => tokens(undefined)),
    send: async ({ gatewayUrl, provider }) => {
      const { state, nonce, cookie } = await begin(gatewayUrl);
      const code = provider.code(nonce, ({ idToken }) => tokens(idToken()));
      return comeBack(gatewayUrl, { state, code, iss: "https://accounts.google.com" }, cookie);
    },
  },
  {
    ...refused("an answer that leaves out whose it is (mix-up)", () => tokens(undefined)),
    send: async ({ gatewayUrl, provider }) => {
      const { state, nonce, cookie } = await begin(gatewayUrl);
      const code = provider.code(nonce, ({ idToken }) => tokens(idToken()));
      return comeBack(gatewayUrl, { state, code }, cookie);
    },
  },
  unanswered("a token endpoint that answers 500", { status: 500, body: "{}" }),
  unanswered("a token endpoint that answers with a page", {
    body: "<!doctype html><p>Sorry</p>",
    headers: { "content-type": "text/html" },
  }),
  unanswered("a token endpoint that sends auth elsewhere", {
    status: 307,
    body: "",
    headers: { location: "http://169.254.169.254/latest/meta-data" },
  }),
  {
    ...unanswered("a token endpoint that never answers", { body: "{}" }),
    send: ({ hanging }) => hanging,
  },
];
