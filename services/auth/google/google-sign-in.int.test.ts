import { cookieOf } from "@holdfast/chassis/cookies";
import { startOpenidProvider } from "@holdfast/testkit/openid/openid-provider";
import { signInByHttp, type SignInChoice } from "@holdfast/testkit/openid/sign-in-by-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AuthWorld, bearer, startAuthWorld } from "../auth-world.fixture.ts";

const publicUrl = "http://127.0.0.1:8080";
const redirectUri = `${publicUrl}/v1/sessions/google/callback`;

let resources: AsyncDisposableStack;
let world: AuthWorld;

const people = [
  "ada",
  "linked",
  "raced",
  "second",
  "suspended",
  "replayed",
  "other-browser",
  "cancelled",
  "wrong",
];
const emailOf = (person: string) => `${person}@google.example`;

beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  const provider = starting.use(
    await startOpenidProvider({
      clientId: "holdfast",
      clientSecret: "openid-client-secret",
      redirectUris: [redirectUri],
      accounts: [
        ...people.map((sub) => ({ sub, email: emailOf(sub), emailVerified: true, name: `Person ${sub}` })),
        { sub: "unverified", email: "victim@google.example", emailVerified: false, name: "Not Verified" },
      ],
    }),
  );
  world = starting.use(
    await startAuthWorld({
      GOOGLE_ISSUER: provider.issuer,
      GOOGLE_CLIENT_ID: "holdfast",
      GOOGLE_CLIENT_SECRET: "openid-client-secret",
      PUBLIC_URL: publicUrl,
    }),
  );
  resources = starting.move();
});
afterAll(() => resources.disposeAsync());

const get = (path: string, cookie = "") =>
  fetch(new URL(path, world.url), { redirect: "manual", headers: cookie === "" ? {} : { cookie } });

/** The cookies an answer sets, as a browser would send them back. */
function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
}

async function begin(returnTo = "/trips"): Promise<{ url: URL; cookie: string }> {
  const begun = await get(`/v1/sessions/google?returnTo=${encodeURIComponent(returnTo)}`);
  expect(begun.status).toBe(303);
  return { url: new URL(begun.headers.get("location") ?? ""), cookie: cookiesOf(begun) };
}

const callback = (from: URL, cookie: string) => get(`/v1/sessions/google/callback${from.search}`, cookie);

async function signIn(choice: SignInChoice, returnTo?: string): Promise<Response> {
  const { url, cookie } = await begin(returnTo);
  return callback(await signInByHttp(url, redirectUri, choice), cookie);
}

async function whoIsIn(response: Response) {
  const token = cookieOf(cookiesOf(response), "__Host-holdfast-access") ?? "";
  return (await world.client("GET /v1/me", { headers: bearer(token) })).body as Record<string, unknown>;
}

async function refusalOf(response: Response): Promise<string> {
  expect(response.headers.getSetCookie().join()).not.toContain("holdfast-access");
  return ((await response.json()) as { code: string }).code;
}

test("asks with PKCE by S256, a state and a nonce, for the exact redirect URI", async () => {
  const { url, cookie } = await begin();
  const asked = Object.fromEntries(url.searchParams);
  expect(asked).toMatchObject({
    response_type: "code",
    client_id: "holdfast",
    redirect_uri: redirectUri,
    code_challenge_method: "S256",
  });
  for (const name of ["state", "nonce", "code_challenge"]) expect(asked[name]).toMatch(/^[\w-]{43}$/);
  expect(cookie).toMatch(/^__Secure-holdfast-google=[\w-]{43}$/);
});

describe("an identity that is new", () => {
  test("makes an account with the address Google vouches for, and signs it in again the next time", async () => {
    const first = await signIn({ account: "ada" }, "/trips?tab=1");
    expect(first.status).toBe(303);
    expect(first.headers.get("location")).toBe("/trips?tab=1");
    const me = await whoIsIn(first);
    expect(me).toMatchObject({
      email: emailOf("ada"),
      name: "Person ada",
      identities: ["google"],
      roles: ["customer"],
    });
    expect(await whoIsIn(await signIn({ account: "ada" }))).toMatchObject({ userId: me["userId"] });
    expect(
      first.headers.getSetCookie().every((cookie) => cookie.includes("; HttpOnly; Secure; SameSite=")),
    ).toBe(true);
  });

  test("is linked to the account of its address, whose owner is told by mail", async () => {
    const account = await world.add({ email: emailOf("linked") });
    expect(await whoIsIn(await signIn({ account: "linked" }))).toMatchObject({ userId: account.userId });
    const [mail] = await world.mailsTo(account.email, "identity-linked");
    expect(mail).toMatchObject({ facts: { provider: "Google" }, token: null });
  });

  test("whose address Google does not vouch for links nothing and makes nothing", async () => {
    const victim = await world.add({ email: "victim@google.example" });
    const refused = await signIn({ account: "unverified" });
    expect([refused.status, await refusalOf(refused)]).toEqual([403, "auth/google-refused"]);
    const identities = await world.db
      .selectFrom("identities")
      .select("user_id")
      .where("user_id", "=", victim.userId)
      .execute();
    expect(identities).toEqual([]);
  });

  test("makes one account, however many sign-ins of it end at once", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => signIn({ account: "raced" })));
    const accounts = await Promise.all(answers.map(whoIsIn));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 303));
    expect(new Set(accounts.map(({ userId }) => userId)).size).toBe(1);
  });

  test("registered by somebody who never proved the address is not theirs", async () => {
    const squatter = { email: emailOf("second"), password: "velvet-orbit-42-canyon", name: "Squatter" };
    await world.client("POST /v1/users", { body: squatter });
    expect(await whoIsIn(await signIn({ account: "second" }))).toMatchObject({ name: "Person second" });
    const { status } = await world.client("POST /v1/sessions", {
      body: { email: squatter.email, password: squatter.password },
    });
    expect(status).toBe(401);
  });
});

test("an account that is suspended is not let in", async () => {
  const { userId } = await world.add({ email: emailOf("suspended") });
  await world.db.updateTable("users").set({ status: "suspended" }).where("id", "=", userId).execute();
  const refused = await signIn({ account: "suspended" });
  expect([refused.status, await refusalOf(refused)]).toEqual([403, "auth/account-inactive"]);
});

describe("an answer is refused", () => {
  test("the second time it is brought", async () => {
    const { url, cookie } = await begin();
    const answer = await signInByHttp(url, redirectUri, { account: "replayed" });
    expect((await callback(answer, cookie)).status).toBe(303);
    expect(await refusalOf(await callback(answer, cookie))).toBe("auth/google-refused");
  });

  test("in another browser than the sign-in began in, and is spent", async () => {
    const { url, cookie } = await begin();
    const answer = await signInByHttp(url, redirectUri, { account: "other-browser" });
    const { cookie: another } = await begin();
    expect(await refusalOf(await callback(answer, another))).toBe("auth/google-refused");
    expect(await refusalOf(await callback(answer, ""))).toBe("auth/google-refused");
    expect(await refusalOf(await callback(answer, cookie))).toBe("auth/google-refused");
  });

  test.each([
    ["of another issuer (mix-up)", { iss: "https://evil.example" }],
    ["without the issuer the provider promises to name", { iss: null }],
    ["with a made-up code", { code: "made-up" }],
    ["with the code of another sign-in's challenge", { code: "other" }],
    ["with a state nobody was given", { state: "x".repeat(43) }],
    ["without a state", { state: null }],
  ])("%s", async (_, changed) => {
    const { url, cookie } = await begin();
    const answer = await signInByHttp(url, redirectUri, { account: "wrong" });
    for (const [name, value] of Object.entries(changed)) {
      if (value === null) answer.searchParams.delete(name);
      else if (value === "other") {
        const another = await begin();
        const theirs = await signInByHttp(another.url, redirectUri, { account: "ada" });
        answer.searchParams.set("code", theirs.searchParams.get("code") ?? "");
      } else answer.searchParams.set(name, value);
    }
    const refused = await callback(answer, cookie);
    expect([refused.status, await refusalOf(refused)]).toEqual([403, "auth/google-refused"]);
  });

  test("when the person cancelled", async () => {
    expect(await refusalOf(await signIn({ cancel: true }))).toBe("auth/google-refused");
  });

  test("after ten minutes", async () => {
    const { url, cookie } = await begin();
    await world.db.updateTable("oauth_attempts").set({ expires_at: "2020-01-01T00:00:00Z" }).execute();
    const answer = await signInByHttp(url, redirectUri, { account: "wrong" });
    expect(await refusalOf(await callback(answer, cookie))).toBe("auth/google-refused");
  });
});

test.each(["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""])(
  "never sends a browser on to another site: %s",
  async (returnTo) => {
    const refused = await get(`/v1/sessions/google?returnTo=${encodeURIComponent(returnTo)}`);
    expect(refused.status).toBe(400);
  },
);
