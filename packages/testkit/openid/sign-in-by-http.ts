import assert from "node:assert";

/** What the visitor does on the sign-in page: chooses an account by its `sub`, or cancels. */
export type SignInChoice = { account: string } | { cancel: true };

const maxRedirects = 10;
const requestTimeoutMs = 10_000;

/**
 * Goes through the sign-in page as a browser would, with cookies and redirects, and stops at the client's redirect URI.
 *
 * @param authorizationUrl the provider's authorization endpoint with all its parameters
 * @param redirectUri the client's redirect URI, which is not requested
 * @returns the URL the browser would be sent to, with `code` and `state`, or with `error`
 * @throws when the provider answers with an error page in place of a redirect
 */
export async function signInByHttp(
  authorizationUrl: URL,
  redirectUri: string,
  choice: SignInChoice,
): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = authorizationUrl;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < maxRedirects; hop++) {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      signal: AbortSignal.timeout(requestTimeoutMs),
      ...(form === undefined ? {} : { method: "POST", body: form }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split(/=(.*)/s);
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null) {
      const page = await response.text();
      assert(response.status === 200 && form === undefined, `sign-in refused: ${response.status} ${page}`);
      form = new URLSearchParams("account" in choice ? { account: choice.account } : { cancel: "1" });
      continue;
    }
    await response.body?.cancel();
    url = new URL(location, url);
    form = undefined;
    if (url.href.startsWith(redirectUri)) return url;
  }
  throw new Error(`Signing in took more than ${maxRedirects} redirects.`);
}
