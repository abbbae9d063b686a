/** Attacks with refresh tokens, on sessions of others, and by who has no session any more. */
import { endSession, logIn, refreshSession } from "@holdfast/contracts/api/sessions";
import { endUserSessions } from "@holdfast/contracts/api/users";
import { until } from "@holdfast/testkit/until";
import type { Attack } from "../attack.ts";
import { bearer, send } from "../requests.ts";
import { refresh, sessionOf } from "./accounts.ts";
import type { SessionGround } from "./ground.ts";

const refreshing = { action: refreshSession.name, actor: null, service: "auth" } as const;
const refused = { refusal: [401, "auth/refresh-token-invalid"], audited: () => refreshing } as const;

const stolen: Attack<SessionGround>[] = [
  {
    ...refused,
    title: "a refresh token used again after the grace: the whole family ends, and its owner is told",
    send: async ({ world, copied: { account } }) => {
      const answered = await refresh(world, account.client.tokens.refreshToken);
      await until("its owner to be told", async () => {
        const told = await world.sql.query(
          "select 1 from notification.messages where user_id = $1 and status = 'sent'",
          [account.userId],
        );
        return told.rowCount === 1;
      });
      return answered;
    },
    audited: () => [refreshing, { action: "reuseRefreshToken", actor: null, service: "auth" }],
    writes: [
      "auth.sessions",
      "auth.revocations",
      "auth.mail_tickets",
      "auth.refresh_tokens",
      "notification.messages",
    ],
  },
  {
    ...refused,
    title: "the newest token of that family",
    send: ({ world, copied }) => refresh(world, copied.latest),
  },
  {
    ...refused,
    title: "the refresh token of a session that has ended",
    send: ({ world, gone }) => refresh(world, gone.client.tokens.refreshToken),
  },
  {
    ...refused,
    title: "the refresh token of somebody who was suspended",
    send: ({ world, suspended }) => refresh(world, suspended.client.tokens.refreshToken),
  },
  {
    ...refused,
    title: "a refresh token that was made up",
    send: ({ world }) => refresh(world, "A".repeat(43)),
  },
  {
    ...refused,
    title: "a refresh token with one character more",
    send: ({ world, victim }) => refresh(world, `${victim.client.tokens.refreshToken}A`),
  },
  {
    ...refused,
    title: "an access token in its place",
    send: ({ world, victim }) => refresh(world, victim.client.tokens.accessToken.slice(0, 512)),
  },
  {
    ...refused,
    title: "the refresh token of a browser's cookie, sent by a program",
    send: ({ world, browser }) => refresh(world, browser.refresh.split("=")[1] ?? ""),
  },
  {
    title: "a refresh token in the address",
    send: ({ world, victim }) =>
      send({
        method: "post",
        url: `${world.place.gatewayUrl}${refreshSession.path}?refreshToken=${victim.client.tokens.refreshToken}`,
        body: {},
      }),
    refusal: [400, "request/invalid"],
    audited: { not: "what is missing in the body is an honest mistake, and addresses are not read" },
  },
];

const ended: Attack<SessionGround>[] = [
  {
    title: "the password of somebody who was suspended",
    send: ({ world, suspended: { email, password } }) =>
      send({ method: "post", url: `${world.place.gatewayUrl}${logIn.path}`, body: { email, password } }),
    refusal: [403, "auth/account-inactive"],
    audited: () => ({ action: logIn.name, actor: null, service: "auth" }),
  },
  {
    title: "the access token of a session that has ended",
    send: ({ world, gone }) => renamed(world.place.gatewayUrl, gone.client.tokens.accessToken),
    refusal: [401, "auth/token-invalid"],
    audited: () => ({ action: "changeProfile", actor: null, service: "gateway" }),
  },
  {
    title: "the access token of somebody who was suspended",
    send: ({ world, suspended }) => renamed(world.place.gatewayUrl, suspended.client.tokens.accessToken),
    refusal: [401, "auth/token-invalid"],
    audited: () => ({ action: "changeProfile", actor: null, service: "gateway" }),
  },
];

function renamed(origin: string, token: string) {
  return send({
    method: "patch",
    url: `${origin}/v1/me`,
    headers: bearer(token),
    body: { name: "Taken Over" },
  });
}

const ofOthers: Attack<SessionGround>[] = [
  {
    title: "somebody else's session ended by its id",
    send: ({ world, attacker, victim }) =>
      send({
        method: "delete",
        url: `${world.place.gatewayUrl}/v1/sessions/${sessionOf(victim.client.tokens.accessToken)}`,
        headers: bearer(attacker.client.tokens.accessToken),
      }),
    refusal: [404, "auth/session-not-found"],
    audited: ({ attacker }) => ({ action: endSession.name, actor: attacker.userId, service: "auth" }),
  },
  {
    title: "all sessions of somebody else ended, as support does",
    send: ({ world, attacker, victim }) =>
      send({
        method: "delete",
        url: `${world.place.gatewayUrl}/v1/users/${victim.userId}/sessions`,
        headers: bearer(attacker.client.tokens.accessToken),
      }),
    refusal: [403, "auth/forbidden"],
    audited: ({ attacker }) => ({ action: endUserSessions.name, actor: attacker.userId, service: "gateway" }),
  },
];

export const tokenAttacks: readonly Attack<SessionGround>[] = [...stolen, ...ended, ...ofOthers];
