/** Auth's endpoints. */
import { answer, callerOf, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import * as accounts from "@holdfast/contracts/api/accounts";
import * as machines from "@holdfast/contracts/api/auth";
import * as sessions from "@holdfast/contracts/api/sessions";
import * as users from "@holdfast/contracts/api/users";
import { issueServiceToken } from "./clients/issue-service-token.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { openMailTickets } from "./mails/open-mail-tickets.ts";
import { logIn } from "./sessions/log-in.ts";
import { logOut } from "./sessions/log-out.ts";
import { refreshSession } from "./sessions/refresh-session.ts";
import { getContacts } from "./users/get-contacts.ts";
import { getMe } from "./users/get-me.ts";
import { createUser } from "./users/create-user.ts";

/** Answers with a token in them are never stored on their way (RFC 6749, section 5.1). */
const unstored = { headers: { "cache-control": "no-store" } };

/** Keys change rarely; a cache asks again soon enough to know a new one before it signs anything long-lived. */
const cached = { headers: { "cache-control": "public, max-age=300" } };

export function authRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(users.createUser, async (call) => answer(await createUser(deps, call))),
    handle(sessions.logIn, async (call) => answer(await logIn(deps, call.body), unstored)),
    handle(sessions.refreshSession, async ({ body, traceparent }) =>
      answer(await refreshSession(deps, { ...body, traceparent }), unstored),
    ),
    handle(sessions.logOut, async (call) => {
      await logOut(deps, { caller: callerOf(call), traceparent: call.traceparent });
      return noContent();
    }),
    handle(accounts.getMe, async (call) => answer(await getMe(deps, callerOf(call)))),
    handle(machines.getJwks, async () => answer(await deps.jwks(), cached)),
    handle(machines.issueServiceToken, async ({ rawBody, headers }) =>
      answer(
        await issueServiceToken(deps, {
          rawBody,
          contentType: headers("content-type"),
          authorization: headers("authorization"),
        }),
        unstored,
      ),
    ),
    handle(accounts.getContacts, async ({ body }) =>
      answer({ contacts: await getContacts(deps, body.userIds) }),
    ),
    handle(accounts.openMailTickets, async ({ body }) =>
      answer({ tickets: await openMailTickets(deps, body.ticketIds) }, unstored),
    ),
  ];
}
