/** Attacks on browsers' sessions: pages elsewhere that make a browser send its cookies, and cookies that are planted. */
import { changeProfile } from "@holdfast/contracts/api/accounts";
import { refreshBrowserSession } from "@holdfast/contracts/api/sessions";
import type { Attack } from "../attack.ts";
import { type Answered, send } from "../requests.ts";
import type { SessionGround } from "./ground.ts";

type Headers = Readonly<Record<string, string>>;

function rename({ world }: SessionGround, headers: Headers, query = ""): Promise<Answered> {
  return send({
    method: "patch",
    url: `${world.place.gatewayUrl}${changeProfile.path}${query}`,
    headers,
    body: { name: "Taken Over" },
  });
}

function refresh({ world }: SessionGround, headers: Headers): Promise<Answered> {
  return send({ method: "post", url: `${world.place.gatewayUrl}${refreshBrowserSession.path}`, headers });
}

function forgery(
  title: string,
  headers: (ground: SessionGround) => Headers,
  query?: string,
): Attack<SessionGround> {
  return {
    title,
    send: (ground) => rename(ground, headers(ground), query),
    refusal: [403, "auth/csrf-token-wrong"],
    audited: ({ victim }) => ({ action: changeProfile.name, actor: victim.userId, service: "gateway" }),
  };
}

function refreshForgery(
  title: string,
  headers: (ground: SessionGround) => Headers,
  service: "auth" | "gateway",
): Attack<SessionGround> {
  return {
    title,
    send: (ground) => refresh(ground, headers(ground)),
    refusal: [403, "auth/csrf-token-wrong"],
    audited: () => ({ action: refreshBrowserSession.name, actor: null, service }),
  };
}

const notRefreshed = {
  refusal: [401, "auth/refresh-token-invalid"],
  audited: () => ({ action: refreshBrowserSession.name, actor: null, service: "auth" }),
} as const;

export const browserAttacks: readonly Attack<SessionGround>[] = [
  forgery("a change that a cookie alone speaks for", ({ browser }) => ({ cookie: browser.access })),
  forgery("a change with an empty token against forgery", ({ browser }) => ({
    cookie: browser.access,
    "x-csrf-token": "",
  })),
  forgery("a change with the token of the attacker's own session", ({ browser, attackersBrowser }) => ({
    cookie: browser.access,
    "x-csrf-token": attackersBrowser.csrf,
  })),
  forgery(
    "a change with the token in the address",
    ({ browser }) => ({ cookie: browser.access }),
    "?csrfToken=anything",
  ),
  ...["cross-site", "same-site"].map((site) =>
    forgery(`a change by a page that is ${site}, with the right token`, ({ browser }) => ({
      cookie: browser.access,
      "x-csrf-token": browser.csrf,
      "sec-fetch-site": site,
    })),
  ),
  refreshForgery(
    "a refresh that the cookie alone speaks for",
    ({ browser }) => ({ cookie: browser.refresh }),
    "auth",
  ),
  ...["none", "same-site, same-origin", "SAME-ORIGIN", ""].map((site) =>
    refreshForgery(
      `a refresh that the cookie alone speaks for, from ${JSON.stringify(site)}`,
      ({ browser }) => ({ cookie: browser.refresh, "sec-fetch-site": site }),
      site === "none" ? "auth" : "gateway",
    ),
  ),
  refreshForgery(
    "a refresh with the token of the attacker's own session",
    ({ browser, attackersBrowser }) => ({ cookie: browser.refresh, "x-csrf-token": attackersBrowser.csrf }),
    "auth",
  ),
  refreshForgery(
    "a refresh by a page that is cross-site, with the right token",
    ({ browser }) => ({
      cookie: browser.refresh,
      "x-csrf-token": browser.csrf,
      "sec-fetch-site": "cross-site",
    }),
    "gateway",
  ),
  {
    ...notRefreshed,
    title: "the attacker's refresh cookie planted beside the victim's",
    send: (ground) =>
      refresh(ground, {
        cookie: `${ground.attackersBrowser.refresh}; ${ground.browser.refresh}`,
        "x-csrf-token": ground.browser.csrf,
      }),
  },
  {
    ...notRefreshed,
    title: "a program's refresh token as a browser's cookie",
    send: (ground) =>
      refresh(ground, {
        cookie: `__Secure-holdfast-refresh=${ground.victim.client.tokens.refreshToken}`,
        "x-csrf-token": ground.browser.csrf,
      }),
  },
  {
    title: "the attacker's access cookie planted beside the victim's",
    send: (ground) =>
      rename(ground, {
        cookie: `${ground.attackersBrowser.access}; ${ground.browser.access}`,
        "x-csrf-token": ground.attackersBrowser.csrf,
      }),
    refusal: [400, "request/malformed"],
    audited: () => ({ action: changeProfile.name, actor: null, service: "gateway" }),
  },
  {
    title: "a cookie whose name only ends like the one that counts",
    send: (ground) =>
      rename(ground, {
        cookie: `x${ground.browser.access}`,
        "x-csrf-token": ground.browser.csrf,
      }),
    refusal: [401, "auth/token-missing"],
    audited: () => ({ action: changeProfile.name, actor: null, service: "gateway" }),
  },
  {
    title: "the access cookie straight at a service, which takes none",
    send: ({ world, browser }) =>
      send({
        method: "patch",
        url: `${world.place.serviceUrls.auth}${changeProfile.path}`,
        headers: { cookie: browser.access, "x-csrf-token": browser.csrf },
        body: { name: "Taken Over" },
      }),
    refusal: [401, "auth/token-missing"],
    audited: () => ({ action: changeProfile.name, actor: null, service: "auth" }),
  },
];
