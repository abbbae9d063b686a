/** Auth's endpoints about sessions. */
import { answer, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import * as sessions from "@holdfast/contracts/api/sessions";
import * as users from "@holdfast/contracts/api/users";
import type { AuthDependencies } from "../dependencies.ts";
import { type BrowserSession, browserSession, clearedCookies } from "./browser-session.ts";
import { readClient } from "./client.ts";
import { endAllSessions } from "./end-all-sessions.ts";
import { endSession } from "./end-session.ts";
import { endUserSessions } from "./end-user-sessions.ts";
import { listSessions } from "./list-sessions.ts";
import { listUserSessions } from "./list-user-sessions.ts";
import { logIn } from "./log-in.ts";
import { logOut } from "./log-out.ts";
import { refreshBrowserSession } from "./refresh-browser-session.ts";
import { refreshSession } from "./refresh-session.ts";
import { tokensView } from "./tokens-view.ts";

/** Answers with a token in them are never stored on their way (RFC 6749, section 5.1). */
const unstored = { headers: { "cache-control": "no-store" } };

const inCookies = ({ body, cookies }: BrowserSession) => answer(body, { ...unstored, cookies });

export function sessionRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(sessions.logIn, async (call) =>
      answer(await tokensView(deps, await logIn(deps, call, "tokens")), unstored),
    ),
    handle(sessions.logInBrowser, async (call) => {
      const grant = await logIn(deps, call, "cookies");
      return inCookies(await browserSession(deps, grant, deps.clock.machineNow()));
    }),
    handle(sessions.refreshSession, async ({ body, headers, requestId, traceparent }) => {
      const client = readClient(headers);
      const grant = await refreshSession(deps, { ...body, client, requestId, traceparent });
      return answer(await tokensView(deps, grant), unstored);
    }),
    handle(sessions.refreshBrowserSession, async (call) =>
      inCookies(await refreshBrowserSession(deps, call)),
    ),
    handle(sessions.listSessions, async (call) => answer(await listSessions(deps, call))),
    handle(sessions.logOut, async (call) => {
      await logOut(deps, call);
      return noContent();
    }),
    handle(sessions.logOutBrowser, async (call) => {
      await logOut(deps, call);
      return noContent({ cookies: clearedCookies });
    }),
    handle(sessions.endSession, async (call) => {
      await endSession(deps, call);
      return noContent();
    }),
    handle(sessions.endAllSessions, async (call) => {
      await endAllSessions(deps, call);
      return noContent();
    }),
    handle(users.listUserSessions, async ({ params }) => answer(await listUserSessions(deps, params))),
    handle(users.endUserSessions, async (call) => {
      await endUserSessions(deps, call);
      return noContent();
    }),
  ];
}
