/** Attacks on a sign-in with an honest provider: codes, states and cookies that are stolen, forged, stripped or swapped. */
import { signInByHttp } from "@holdfast/testkit/openid/sign-in-by-http";
import type { Attack, Ground } from "../attack.ts";
import { type Answered, send } from "../requests.ts";
import { SecurityWorld } from "../world.ts";
import { begin, type Begun, comeBack } from "./browser.ts";

export interface SignInGround extends Ground {
  readonly world: SecurityWorld;
  readonly gatewayUrl: string;
  /** A browser that signed in, with what it came back with. */
  readonly used: { readonly begun: Begun; readonly answer: URL };
}

const person = { account: "openid-grace" };

/** What the provider sends the browser back with. */
function askProvider(gatewayUrl: string, { url }: Begun): Promise<URL> {
  return signInByHttp(url, `${gatewayUrl}/v1/sessions/google/callback`, person);
}

async function answered(gatewayUrl: string) {
  const begun = await begin(gatewayUrl);
  return { begun, answer: await askProvider(gatewayUrl, begun) };
}

export async function enterSignInGround(): Promise<SignInGround> {
  const world = await SecurityWorld.enter();
  const { gatewayUrl } = world.place;
  const used = await answered(gatewayUrl);
  const honest = await comeBack(gatewayUrl, used.answer.search, used.begun.cookie);
  if (honest.status !== 303) throw new Error(`an honest sign-in is refused: ${honest.text}`);
  return { world, gatewayUrl, used, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const refused = {
  refusal: [403, "auth/google-refused"],
  audited: () => ({ action: "endGoogleSignIn", actor: null, service: "auth" }),
} as const;

/** An attempt is over once an answer comes for it, and beginning one writes it. */
const writes = ["auth.oauth_attempts"];

/** Comes back with an answer of the provider's that is changed in between. */
function changed(
  title: string,
  change: (query: URLSearchParams, ground: SignInGround) => void | Promise<void>,
): Attack<SignInGround> {
  return {
    ...refused,
    title,
    writes,
    send: async (ground) => {
      const { begun, answer } = await answered(ground.gatewayUrl);
      await change(answer.searchParams, ground);
      return comeBack(ground.gatewayUrl, answer.search, begun.cookie);
    },
  };
}

const replays: Attack<SignInGround>[] = [
  {
    ...refused,
    title: "a code replayed, in the browser it was for",
    send: ({ gatewayUrl, used }) => comeBack(gatewayUrl, used.answer.search, used.begun.cookie),
  },
  changed("a used code in another attempt", (query, { used }) =>
    query.set("code", used.answer.searchParams.get("code") ?? ""),
  ),
  changed(
    "somebody else's code in one's own attempt, whose verifier differs",
    async (query, { gatewayUrl }) => {
      const { answer } = await answered(gatewayUrl);
      query.set("code", answer.searchParams.get("code") ?? "");
    },
  ),
  changed("a code that was made up", (query) => query.set("code", "made-up")),
  changed("no code", (query) => query.delete("code")),
  changed("a state left out", (query) => query.delete("state")),
  changed("a state that was made up", (query) => query.set("state", "A".repeat(43))),
  changed("a state of another attempt, begun in another browser", async (query, { gatewayUrl }) =>
    query.set("state", (await begin(gatewayUrl)).state),
  ),
  changed("an issuer that is another (mix-up)", (query) => query.set("iss", "https://accounts.google.com")),
  changed("no issuer (mix-up)", (query) => query.delete("iss")),
  changed("a code beside an error", (query) => query.set("error", "access_denied")),
  {
    ...refused,
    title: "an attempt ended in a browser that has no cookie of it (forced sign-in)",
    writes,
    send: async ({ gatewayUrl }) => {
      const { answer } = await answered(gatewayUrl);
      return comeBack(gatewayUrl, answer.search, undefined);
    },
  },
  {
    ...refused,
    title: "an attempt ended in a browser that began another",
    writes,
    send: async ({ gatewayUrl }) => {
      const [{ answer }, other] = await Promise.all([answered(gatewayUrl), begin(gatewayUrl)]);
      return comeBack(gatewayUrl, answer.search, other.cookie);
    },
  },
  {
    ...refused,
    title: "an attacker's cookie planted beside the browser's own",
    writes,
    send: async ({ gatewayUrl }) => {
      const [{ begun, answer }, other] = await Promise.all([answered(gatewayUrl), begin(gatewayUrl)]);
      return comeBack(gatewayUrl, answer.search, `${other.cookie}; ${begun.cookie}`);
    },
  },
  {
    ...refused,
    title: "an attempt that is too old",
    writes,
    send: async ({ gatewayUrl, world }) => {
      const { begun, answer } = await answered(gatewayUrl);
      await world.sql.query("update auth.oauth_attempts set expires_at = now() - interval '1 second'");
      return comeBack(gatewayUrl, answer.search, begun.cookie);
    },
  },
];

/** What the provider itself refuses, in OAuth's words. */
function oauthError(answer: Answered): Answered {
  const { error } = JSON.parse(answer.text) as { error?: string };
  return { ...answer, code: error };
}

async function redeemed({ gatewayUrl, world }: SignInGround, verifier?: string): Promise<Answered> {
  const { begun, answer } = await answered(gatewayUrl);
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    code: answer.searchParams.get("code") ?? "",
    redirect_uri: `${gatewayUrl}/v1/sessions/google/callback`,
    client_id: "holdfast",
    client_secret: world.place.secrets.openidClientSecret,
    ...(verifier === undefined ? {} : { code_verifier: verifier }),
  });
  return oauthError(
    await send({
      method: "post",
      url: `${begun.url.origin}/token`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    }),
  );
}

const stripped: Attack<SignInGround>[] = [
  {
    title: "a stolen code redeemed without its verifier (stripped PKCE)",
    send: (ground) => redeemed(ground),
    refusal: [400, "invalid_grant"],
    audited: { not: "the provider refuses it" },
    writes,
  },
  {
    title: "a stolen code redeemed with another verifier",
    send: (ground) => redeemed(ground, "v".repeat(43)),
    refusal: [400, "invalid_grant"],
    audited: { not: "the provider refuses it" },
    writes,
  },
  {
    ...refused,
    title: "a challenge stripped from the request to the provider",
    writes,
    send: async ({ gatewayUrl }) => {
      const begun = await begin(gatewayUrl);
      begun.url.searchParams.delete("code_challenge");
      begun.url.searchParams.delete("code_challenge_method");
      const answer = await askProvider(gatewayUrl, begun);
      return comeBack(gatewayUrl, answer.search, begun.cookie);
    },
  },
];

const elsewhere = [
  "//evil.example",
  "https://evil.example/",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "\t//evil.example",
  "/a\\..\\evil.example",
  "javascript:alert(1)",
  "",
];

const redirects: Attack<SignInGround>[] = [
  ...elsewhere.map((returnTo): Attack<SignInGround> => ({
    title: `a sign-in that ends at ${JSON.stringify(returnTo)}`,
    send: ({ gatewayUrl }) =>
      send({
        method: "get",
        url: `${gatewayUrl}/v1/sessions/google?returnTo=${encodeURIComponent(returnTo)}`,
      }),
    refusal: [400, "request/invalid"],
    audited: { not: "a path that is not valid is a mistake that honest pages make, too" },
  })),
  {
    title: "a sign-in that names its own redirect URI",
    send: ({ gatewayUrl }) =>
      send({
        method: "get",
        url: `${gatewayUrl}/v1/sessions/google?redirect_uri=${encodeURIComponent("https://evil.example")}`,
      }),
    refusal: [400, "request/invalid"],
    audited: () => ({ action: "beginGoogleSignIn", actor: null, service: "auth" }),
  },
];

export const signInAttacks: readonly Attack<SignInGround>[] = [...replays, ...stripped, ...redirects];
