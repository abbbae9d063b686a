import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenidProvider, startOpenidProvider } from "./openid-provider.ts";
import { signInByHttp, type SignInChoice } from "./sign-in-by-http.ts";

const redirectUri = "http://127.0.0.1:1/callback";
const clientId = "holdfast";
const clientSecret = "a secret for one test";
const ada = { sub: "ada-1", email: "ada@example.com", emailVerified: true, name: "Ada Lovelace" };
const bob = { sub: "bob-1", email: "bob@example.com", emailVerified: false, name: "Bob <b>" };

let provider: OpenidProvider;
let client: openid.Configuration;

beforeAll(async () => {
  provider = await startOpenidProvider({
    clientId,
    clientSecret,
    redirectUris: [redirectUri],
    accounts: [ada, bob],
  });
  client = await discover(clientSecret);
});

afterAll(() => provider[Symbol.asyncDispose]());

function discover(secret: string) {
  return openid.discovery(new URL(provider.issuer), clientId, secret, undefined, {
    execute: [openid.allowInsecureRequests],
  });
}

async function begin(extra: Record<string, string> = {}) {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const expectedState = openid.randomState();
  const expectedNonce = openid.randomNonce();
  const url = openid.buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: "openid email profile",
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...extra,
  });
  return { url, checks: { pkceCodeVerifier, expectedState, expectedNonce } };
}

async function signIn(choice: SignInChoice) {
  const { url, checks } = await begin();
  return { callback: await signInByHttp(url, redirectUri, choice), checks };
}

test("does not start with a redirect URI that could never be used", async () => {
  const start = startOpenidProvider({
    clientId,
    clientSecret,
    redirectUris: ["http://127.0.0.1:1/#no"],
    accounts: [],
  });
  await expect(start).rejects.toMatchObject({ error: "invalid_redirect_uri" });
});

describe("signing in", () => {
  test("gives the real client the verified claims of the account that was chosen", async () => {
    const { callback, checks } = await signIn({ account: ada.sub });
    const tokens = await openid.authorizationCodeGrant(client, callback, checks);
    expect(tokens.claims()).toMatchObject({
      iss: provider.issuer,
      aud: clientId,
      sub: "ada-1",
      email: "ada@example.com",
      email_verified: true,
      name: "Ada Lovelace",
      nonce: checks.expectedNonce,
    });
    const info = await openid.fetchUserInfo(client, tokens.access_token, "ada-1");
    expect(info).toMatchObject({ sub: "ada-1", email: "ada@example.com" });
  });

  test("says when an address is not verified", async () => {
    const { callback, checks } = await signIn({ account: bob.sub });
    const tokens = await openid.authorizationCodeGrant(client, callback, checks);
    expect(tokens.claims()).toMatchObject({ sub: "bob-1", email_verified: false });
  });

  test("tells the client when the visitor cancels", async () => {
    const { callback, checks } = await signIn({ cancel: true });
    expect(callback.searchParams.get("error")).toBe("access_denied");
    await expect(openid.authorizationCodeGrant(client, callback, checks)).rejects.toThrow(
      "authorization response",
    );
  });

  test("shows a browser every account, its name escaped", async () => {
    const { url } = await begin();
    const first = await fetch(url, { redirect: "manual" });
    const page = await fetch(new URL(first.headers.get("location") ?? "", url), {
      headers: {
        cookie: first.headers
          .getSetCookie()
          .map((cookie) => cookie.split(";")[0])
          .join("; "),
      },
    });
    const text = await page.text();
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(text).toContain("ada@example.com");
    expect(text).toContain("Bob &lt;b&gt;");
  });
});

describe("a code", () => {
  test("is refused without its PKCE verifier", async () => {
    const { callback, checks } = await signIn({ account: ada.sub });
    const { pkceCodeVerifier: _stripped, ...withoutVerifier } = checks;
    await expect(openid.authorizationCodeGrant(client, callback, withoutVerifier)).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  test("is refused with another's PKCE verifier", async () => {
    const { callback, checks } = await signIn({ account: ada.sub });
    const wrong = { ...checks, pkceCodeVerifier: openid.randomPKCECodeVerifier() };
    await expect(openid.authorizationCodeGrant(client, callback, wrong)).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  test("is refused the second time", async () => {
    const { callback, checks } = await signIn({ account: ada.sub });
    await openid.authorizationCodeGrant(client, callback, checks);
    await expect(openid.authorizationCodeGrant(client, callback, checks)).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  test("is refused to a client with the wrong secret", async () => {
    const { callback, checks } = await signIn({ account: ada.sub });
    const impostor = await discover("not the secret");
    await expect(openid.authorizationCodeGrant(impostor, callback, checks)).rejects.toMatchObject({
      error: "invalid_client",
    });
  });
});

describe("an authorization request", () => {
  test("is refused without a PKCE challenge", async () => {
    const { url } = await begin();
    url.searchParams.delete("code_challenge");
    url.searchParams.delete("code_challenge_method");
    const callback = await signInByHttp(url, redirectUri, { account: ada.sub });
    expect(callback.searchParams.get("error")).toBe("invalid_request");
    expect(callback.searchParams.get("code")).toBeNull();
  });

  test("is refused with the plain challenge method", async () => {
    const { url } = await begin({ code_challenge_method: "plain" });
    const callback = await signInByHttp(url, redirectUri, { account: ada.sub });
    expect(callback.searchParams.get("error")).toBe("invalid_request");
  });

  test("is never redirected to an address that was not registered", async () => {
    const { url } = await begin({ redirect_uri: "http://127.0.0.1:2/elsewhere" });
    const response = await fetch(url, { redirect: "manual" });
    expect(response.status).toBe(400);
    expect(response.headers.get("location")).toBeNull();
  });
});
