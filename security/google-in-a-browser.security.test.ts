/** Sign-in with Google as a person does it: a real browser, the gateway, and a real OpenID provider in Google's place. */
import { installMissing, findProgram } from "@holdfast/testkit/servers/programs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const { gatewayUrl } = inject("securityPlace");
const accessCookie = "__Host-holdfast-access";

let browser: Browser;
beforeAll(async () => {
  await installMissing(["chromium"], console.info);
  const executablePath = await findProgram("chromium");
  if (executablePath === undefined)
    throw new Error("There is no chromium: install it (apt and brew have it).");
  // As root there is no sandbox; the only pages it opens are ours.
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});
afterAll(() => browser?.close());

async function inNewContext(work: (page: Page, context: BrowserContext) => Promise<void>): Promise<void> {
  const context = await browser.newContext();
  try {
    await work(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

/** Presses the button of that person on the provider's page. */
async function signInAs(page: Page, person: string, returnTo = "/account/verify-email"): Promise<void> {
  await page.goto(`${gatewayUrl}/v1/sessions/google?returnTo=${encodeURIComponent(returnTo)}`);
  await page.getByRole("button", { name: person }).click();
}

/** Cookies know no ports: the provider's own are of the same host here. */
async function ourCookies(context: BrowserContext) {
  return (await context.cookies())
    .filter(({ name }) => name.includes("holdfast"))
    .map(({ name, httpOnly, secure }) => ({ name, httpOnly, secure }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** A call of a script on the page, as it is answered. */
async function call(page: Page, path: string, init: { method?: string; csrf?: string } = {}) {
  return page.evaluate(
    async ([target, method, csrf]) => {
      const headers = csrf === undefined ? {} : { "x-csrf-token": csrf };
      const response = await fetch(target ?? "", { method: method ?? "GET", headers });
      const text = await response.text();
      return {
        status: response.status,
        body: text === "" ? null : (JSON.parse(text) as Record<string, unknown>),
      };
    },
    [path, init.method, init.csrf] as const,
  );
}

test("a browser goes to Google and comes back signed in, with cookies that no script reads", async () => {
  await inNewContext(async (page, context) => {
    await signInAs(page, "Ada Lovelace");
    await page.waitForURL(`${gatewayUrl}/account/verify-email`);
    expect(await call(page, "/v1/me")).toMatchObject({ status: 200, body: { email: "ada@example.com" } });
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await ourCookies(context)).toEqual([
      { name: accessCookie, httpOnly: true, secure: true },
      { name: "__Secure-holdfast-refresh", httpOnly: true, secure: true },
    ]);
  });
});

test("what changes something needs the session's own word against forgery, which the page gets by refreshing", async () => {
  await inNewContext(async (page, context) => {
    await signInAs(page, "Ada Lovelace");
    await page.waitForURL(`${gatewayUrl}/account/verify-email`);
    const forged = await call(page, "/v1/browser-sessions/current", { method: "DELETE" });
    expect(forged).toMatchObject({ status: 403, body: { code: "auth/csrf-token-wrong" } });
    const refreshed = await call(page, "/v1/browser-sessions/refresh", { method: "POST" });
    expect(refreshed.status).toBe(200);
    const csrf = String(refreshed.body?.["csrfToken"]);
    expect((await call(page, "/v1/browser-sessions/current", { method: "DELETE", csrf })).status).toBe(204);
    expect(await ourCookies(context)).toEqual([]);
    expect((await call(page, "/v1/me")).status).toBe(401);
  });
});

test("who cancels, or whose address Google does not vouch for, is not signed in", async () => {
  for (const person of ["Cancel", "Not Verified"]) {
    await inNewContext(async (page, context) => {
      await signInAs(page, person);
      await page.waitForURL(/\/v1\/sessions\/google\/callback/);
      expect(await page.textContent("body")).toContain("auth/google-refused");
      expect((await context.cookies()).map(({ name }) => name)).not.toContain(accessCookie);
    });
  }
});
