/** Auth's endpoints about sessions. */
import { answer, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import * as sessions from "@holdfast/contracts/api/sessions";
import * as users from "@holdfast/contracts/api/users";
import type { AuthDependencies } from "../dependencies.ts";
import { browserAnswer, clearedCookies } from "./browser-session.ts";
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
import { tokensAnswer, tokensView, unstored } from "./tokens-view.ts";

export function sessionRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(sessions.logIn, async (call) => tokensAnswer(deps, await logIn(deps, call, "tokens"))),
    handle(sessions.logInBrowser, async (call) => browserAnswer(deps, await logIn(deps, call, "cookies"))),
    handle(sessions.refreshSession, async ({ body, headers, requestId, traceparent }) => {
      const client = readClient(headers);
      const grant = await refreshSession(deps, { ...body, client, requestId, traceparent });
      return answer(await tokensView(deps, grant), unstored);
    }),
    handle(sessions.refreshBrowserSession, async (call) => {
      const { body, cookies } = await refreshBrowserSession(deps, call);
      return answer(body, { ...unstored, cookies });
    }),
    handle(sessions.listSessions, async (call) => answer(await listSessions(deps, call))),
    handle(sessions.logOut, (call) =>
      idempotent(deps, call, async (unit) => {
        await logOut(deps, unit, call);
        return noContent();
      }),
    ),
    handle(sessions.logOutBrowser, (call) =>
      idempotent(deps, call, async (unit) => {
        await logOut(deps, unit, call);
        return noContent({ cookies: clearedCookies });
      }),
    ),
    handle(sessions.endSession, (call) =>
      idempotent(deps, call, async (unit) => {
        await endSession(deps, unit, call);
        return noContent();
      }),
    ),
    handle(sessions.endAllSessions, (call) =>
      idempotent(deps, call, async (unit) => {
        await endAllSessions(deps, unit, call);
        return noContent();
      }),
    ),
    handle(users.listUserSessions, async ({ params }) => answer(await listUserSessions(deps, params))),
    handle(users.endUserSessions, (call) =>
      idempotent(deps, call, async (unit) => {
        await endUserSessions(deps, unit, call);
        return noContent();
      }),
    ),
  ];
}
