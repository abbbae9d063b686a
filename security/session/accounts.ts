/** Accounts and sessions as attacks need them: in a browser, with a second factor, gone stale. */
import { beginSecondFactor, confirmSecondFactor } from "@holdfast/contracts/api/second-factor";
import { logIn, logInBrowser, refreshSession, tokensView } from "@holdfast/contracts/api/sessions";
import { decodeJwt } from "jose";
import { Secret } from "otpauth";
import { z } from "zod";
import { codeAt } from "../../services/auth/second-factor/totp.ts";
import { type Answered, send } from "../requests.ts";
import type { Account, SecurityWorld } from "../world.ts";

/** A browser that is signed in. */
export interface Browser {
  readonly account: Account;
  /** As the browser sends them. */
  readonly access: string;
  readonly refresh: string;
  readonly csrf: string;
}

/** The session a token belongs to. */
export function sessionOf(accessToken: string): string {
  return decodeJwt<{ sid: string }>(accessToken).sid;
}

/** Signs the account in as a page does. */
export async function inBrowser({ place }: SecurityWorld, account: Account): Promise<Browser> {
  const { email, password } = account;
  const answered = await send({
    method: "post",
    url: `${place.gatewayUrl}${logInBrowser.path}`,
    body: { email, password },
  });
  const [access = "", refresh = ""] = answered.headers
    .getSetCookie()
    .map((each) => each.split(";", 1)[0] ?? "");
  const { csrfToken } = z.object({ csrfToken: z.string() }).parse(JSON.parse(answered.text));
  return { account, access, refresh, csrf: csrfToken };
}

/** Asks for new tokens. */
export function refresh({ place }: SecurityWorld, refreshToken: string): Promise<Answered> {
  return send({ method: "post", url: `${place.gatewayUrl}${refreshSession.path}`, body: { refreshToken } });
}

/** New tokens. @throws where there are none */
export async function refreshed(world: SecurityWorld, refreshToken: string) {
  return tokensView.parse(JSON.parse((await refresh(world, refreshToken)).text));
}

/** A token of the account whose owner proved who they are longer ago than counts as fresh. */
export async function stale(world: SecurityWorld, { client }: Account): Promise<string> {
  const { accessToken, refreshToken } = client.tokens;
  await world.sql.query(
    "update auth.sessions set authenticated_at = authenticated_at - interval '10 minutes' where id = $1",
    [sessionOf(accessToken)],
  );
  return (await refreshed(world, refreshToken)).accessToken;
}

/** An account with an authenticator app. */
export interface Guarded {
  readonly account: Account;
  readonly recoveryCodes: readonly string[];
  /** The code its app shows, which is not used up. */
  readonly code: () => string;
}

export async function guarded(world: SecurityWorld): Promise<Guarded> {
  const account = await world.newAccount(["customer"]);
  const { client, userId } = account;
  const { secret } = await client.call(beginSecondFactor);
  const code = () => codeAt(Buffer.from(Secret.fromBase32(secret).bytes), Date.now());
  const { recoveryCodes } = await client.call(confirmSecondFactor, { body: { code: code() } });
  // As if half a minute had passed: the code that turned it on is not the one of now.
  await world.sql.query("update auth.second_factors set last_step = 0 where user_id = $1", [userId]);
  return { account, recoveryCodes, code };
}

const challenged = z.object({ challenge: z.string() });

/** A sign-in of the account that waits for its second factor. */
export async function challengeOf({ place }: SecurityWorld, { email, password }: Account): Promise<string> {
  const { text } = await send({
    method: "post",
    url: `${place.gatewayUrl}${logIn.path}`,
    body: { email, password },
  });
  return challenged.parse(JSON.parse(text)).challenge;
}
