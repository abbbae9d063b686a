/** Auth's endpoints. */
import { answer, callerOf, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import * as api from "@holdfast/contracts/api/auth";
import { issueServiceToken } from "./clients/issue-service-token.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { logIn } from "./sessions/log-in.ts";
import { logOut } from "./sessions/log-out.ts";
import { refreshSession } from "./sessions/refresh-session.ts";
import { getContacts } from "./users/get-contacts.ts";
import { getMe } from "./users/get-me.ts";
import { registerUser } from "./users/register-user.ts";

/** Answers with a token in them are never stored on their way (RFC 6749, section 5.1). */
const unstored = { headers: { "cache-control": "no-store" } };

/** Keys change rarely; a cache asks again soon enough to know a new one before it signs anything long-lived. */
const cached = { headers: { "cache-control": "public, max-age=300" } };

export function authRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(api.registerUser, async (call) => answer(await registerUser(deps, call))),
    handle(api.logIn, async (call) => answer(await logIn(deps, call.body), unstored)),
    handle(api.refreshSession, async ({ body, traceparent }) =>
      answer(await refreshSession(deps, { ...body, traceparent }), unstored),
    ),
    handle(api.logOut, async (call) => {
      await logOut(deps, { caller: callerOf(call), traceparent: call.traceparent });
      return noContent();
    }),
    handle(api.getMe, async (call) => answer(await getMe(deps, callerOf(call)))),
    handle(api.getJwks, () => answer(deps.jwks, cached)),
    handle(api.issueServiceToken, async ({ rawBody, headers }) =>
      answer(
        await issueServiceToken(deps, {
          rawBody,
          contentType: headers("content-type"),
          authorization: headers("authorization"),
        }),
        unstored,
      ),
    ),
    handle(api.getContacts, async ({ body }) => answer({ contacts: await getContacts(deps, body.userIds) })),
  ];
}
