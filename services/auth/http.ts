/** Auth's endpoints. */
import { answer, callerOf, handle, noContent, type Route } from "@holdfast/chassis/endpoint";
import { idempotent } from "@holdfast/chassis/idempotency";
import * as audit from "@holdfast/contracts/api/audit";
import * as accounts from "@holdfast/contracts/api/accounts";
import * as apiKeys from "@holdfast/contracts/api/api-keys";
import * as machines from "@holdfast/contracts/api/auth";
import * as google from "@holdfast/contracts/api/google";
import * as signingKeys from "@holdfast/contracts/api/signing-keys";
import * as users from "@holdfast/contracts/api/users";
import { beginGoogleSignIn } from "./google/begin-google-sign-in.ts";
import { endGoogleSignIn } from "./google/end-google-sign-in.ts";
import { listAuditLog } from "./audit/list-audit-log.ts";
import { reportAudit } from "./audit/report-audit.ts";
import { createApiKey } from "./api-keys/create-api-key.ts";
import { exchangeApiKey } from "./api-keys/exchange-api-key.ts";
import { listApiKeys } from "./api-keys/list-api-keys.ts";
import { revokeApiKey } from "./api-keys/revoke-api-key.ts";
import { rotateApiKey } from "./api-keys/rotate-api-key.ts";
import { issueServiceToken } from "./clients/issue-service-token.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { rotateSigningKey } from "./keys/rotate-signing-key.ts";
import { openMailTickets } from "./mails/open-mail-tickets.ts";
import { personalDataRoutes } from "./personal-data/personal-data-routes.ts";
import { secondFactorRoutes } from "./second-factor/second-factor-routes.ts";
import { sessionRoutes } from "./sessions/session-routes.ts";
import { unstored } from "./sessions/tokens-view.ts";
import { changePassword } from "./passwords/change-password.ts";
import { requestPasswordReset } from "./passwords/request-password-reset.ts";
import { resetPassword } from "./passwords/reset-password.ts";
import { confirmEmailChange } from "./users/confirm-email-change.ts";
import { requestEmailChange } from "./users/request-email-change.ts";
import { changeProfile } from "./users/change-profile.ts";
import { getContacts } from "./users/get-contacts.ts";
import { getMe } from "./users/get-me.ts";
import { createUser } from "./users/create-user.ts";
import { getUser } from "./users/get-user.ts";
import { listUsers } from "./users/list-users.ts";
import { registerUser } from "./users/register-user.ts";
import { setUserRoles } from "./users/set-user-roles.ts";
import { setUserStatus } from "./users/set-user-status.ts";
import { verifyEmail } from "./users/verify-email.ts";

/** Keys change rarely; a cache asks again soon enough to know a new one before it signs anything long-lived. */
const cached = { headers: { "cache-control": "public, max-age=300" } };

export function authRoutes(deps: AuthDependencies): Route[] {
  return [
    ...accountRoutes(deps),
    ...sessionRoutes(deps),
    ...secondFactorRoutes(deps),
    ...personalDataRoutes(deps),
    handle(google.beginGoogleSignIn, ({ query }) => beginGoogleSignIn(deps, query)),
    handle(google.endGoogleSignIn, (call) => endGoogleSignIn(deps, call)),
    ...apiKeyRoutes(deps),
    ...administrationRoutes(deps),
    ...machineRoutes(deps),
  ];
}

/** What a person does with their own account. */
function accountRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(accounts.registerUser, (call) => registerUser(deps, call)),
    handle(accounts.verifyEmail, (call) =>
      idempotent(deps, call, async (unit) => answer(await verifyEmail(deps, unit, call))),
    ),
    handle(accounts.getMe, async (call) => answer(await getMe(deps, callerOf(call)))),
    handle(accounts.changePassword, (call) => changePassword(deps, call)),
    handle(accounts.requestPasswordReset, (call) =>
      idempotent(deps, call, async (unit) => answer(await requestPasswordReset(deps, unit, call))),
    ),
    handle(accounts.resetPassword, (call) => resetPassword(deps, call)),
    handle(accounts.requestEmailChange, (call) =>
      idempotent(deps, call, async (unit) => answer(await requestEmailChange(deps, unit, call))),
    ),
    handle(accounts.confirmEmailChange, (call) => confirmEmailChange(deps, call)),
    handle(accounts.changeProfile, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(await changeProfile(unit, { body: call.body, caller: callerOf(call) })),
      ),
    ),
  ];
}

function apiKeyRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(apiKeys.createApiKey, (call) =>
      idempotent(deps, call, async (unit) =>
        answer(await createApiKey(deps, unit, { ...call, caller: callerOf(call) }), unstored),
      ),
    ),
    handle(apiKeys.listApiKeys, async (call) => answer({ items: await listApiKeys(deps, callerOf(call)) })),
    handle(apiKeys.rotateApiKey, (call) =>
      idempotent(deps, call, async (unit) => {
        const rotation = { ...call.params, ...call.body, caller: callerOf(call) };
        return answer(await rotateApiKey(deps, unit, rotation), unstored);
      }),
    ),
    handle(apiKeys.revokeApiKey, (call) =>
      idempotent(deps, call, async (unit) => {
        const { params, traceparent } = call;
        await revokeApiKey(deps, unit, { ...params, caller: callerOf(call), traceparent });
        return noContent();
      }),
    ),
  ];
}

/** What support and administrators do. */
function administrationRoutes(deps: AuthDependencies): Route[] {
  return [
    handle(users.createUser, (call) => createUser(deps, call)),
    handle(users.listUsers, async ({ query }) => answer(await listUsers(deps, query))),
    handle(users.getUser, async ({ params }) => answer(await getUser(deps, params.userId))),
    handle(users.setUserRoles, (call) =>
      idempotent(deps, call, async (unit) => {
        const { params, body, traceparent } = call;
        return answer(await setUserRoles(deps, unit, { ...params, ...body, traceparent }));
      }),
    ),
    handle(users.setUserStatus, (call) =>
      idempotent(deps, call, async (unit) => {
        const { params, body, traceparent } = call;
        return answer(await setUserStatus(deps, unit, { ...params, ...body, traceparent }));
      }),
    ),
    handle(signingKeys.listSigningKeys, async () => answer({ items: await deps.keyring.list() })),
    handle(signingKeys.rotateSigningKey, (call) => rotateSigningKey(deps, call)),
    handle(audit.listAuditLog, async ({ query }) => answer(await listAuditLog(deps, query))),
  ];
}

/** What other services, and whoever checks tokens, ask. */
function machineRoutes(deps: AuthDependencies): Route[] {
  return [
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
    handle(apiKeys.exchangeApiKey, async ({ body }) =>
      answer(await exchangeApiKey(deps, body.key), unstored),
    ),
    handle(accounts.getContacts, async ({ body }) =>
      answer({ contacts: await getContacts(deps, body.userIds) }),
    ),
    handle(accounts.openMailTickets, async ({ body }) =>
      answer({ tickets: await openMailTickets(deps, body.ticketIds) }, unstored),
    ),
    handle(audit.reportAudit, (call) =>
      idempotent(deps, call, async (unit) => {
        await reportAudit(unit, { caller: callerOf(call), entries: call.body.entries });
        return noContent();
      }),
    ),
  ];
}
