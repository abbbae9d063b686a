/** What attacks on sessions need: victims of every kind, and an attacker with an account of their own. */
import { getMe } from "@holdfast/contracts/api/accounts";
import { logOut, passSecondFactor } from "@holdfast/contracts/api/sessions";
import { setUserStatus } from "@holdfast/contracts/api/users";
import type { Ground } from "../attack.ts";
import { send } from "../requests.ts";
import type { Account, SecurityWorld } from "../world.ts";
import { type Browser, challengeOf, guarded, type Guarded, inBrowser, refreshed, stale } from "./accounts.ts";

export interface SessionGround extends Ground {
  readonly world: SecurityWorld;
  readonly victim: Account;
  readonly attacker: Account;
  readonly browser: Browser;
  readonly attackersBrowser: Browser;
  /** Whose refresh token was used long ago, and what it was exchanged for. */
  readonly copied: { readonly account: Account; readonly latest: string };
  /** Whose session has ended, and who was suspended. */
  readonly gone: Account;
  readonly suspended: Account;
  /** An administrator who signed in ten minutes ago. */
  readonly staleToken: { readonly account: Account; readonly token: string };
  /** With the code and the recovery code that were used. */
  readonly usedUp: Guarded & { readonly usedCode: string; readonly usedChallenge: string };
  readonly guarded: Guarded;
  /** The attacker's own account with a second factor. */
  readonly attackersGuarded: Guarded;
}

async function usedUp(world: SecurityWorld): Promise<SessionGround["usedUp"]> {
  const made = await guarded(world);
  const [usedChallenge, another] = await Promise.all([
    challengeOf(world, made.account),
    challengeOf(world, made.account),
  ]);
  const usedCode = made.code();
  const { client } = made.account;
  await client.call(passSecondFactor, { body: { challenge: usedChallenge, code: usedCode } });
  await client.call(passSecondFactor, { body: { challenge: another, code: made.recoveryCodes[0] ?? "" } });
  return { ...made, usedCode, usedChallenge };
}

async function copied(world: SecurityWorld): Promise<SessionGround["copied"]> {
  const account = await world.newAccount(["customer"]);
  const { refreshToken } = account.client.tokens;
  const { refreshToken: latest } = await refreshed(world, refreshToken);
  await world.sql.query(
    `update auth.refresh_tokens set used_at = used_at - interval '21 seconds'
     where used_at is not null and session_id in (select id from auth.sessions where user_id = $1)`,
    [account.userId],
  );
  return { account, latest };
}

async function gone(world: SecurityWorld): Promise<Account> {
  const account = await world.newAccount(["customer"]);
  await account.client.call(logOut);
  return account;
}

async function suspended(world: SecurityWorld): Promise<Account> {
  const account = await world.newAccount(["customer"]);
  await world.people.admin.client.call(setUserStatus, {
    params: { userId: account.userId },
    body: { status: "suspended", reason: "So." },
  });
  return account;
}

/** @throws where a browser's own request is refused: then the refusals would say nothing */
async function requireLetIn({ place }: SecurityWorld, { access, csrf }: Browser): Promise<void> {
  const { status, text } = await send({
    method: "patch",
    url: `${place.gatewayUrl}${getMe.path}`,
    headers: { cookie: access, "x-csrf-token": csrf },
    body: { name: "Her Own Name" },
  });
  if (status !== 200) throw new Error(`a page's own call is refused: ${text}`);
}

/** Makes them in a world that stays its owner's to leave. */
export async function enterSessionGround(world: SecurityWorld): Promise<SessionGround> {
  const [victim, attacker, old] = await Promise.all([
    world.newAccount(["customer"]),
    world.newAccount(["customer"]),
    world.newAccount(["admin"]),
  ]);
  const [browser, attackersBrowser] = await Promise.all([
    inBrowser(world, victim),
    inBrowser(world, attacker),
  ]);
  await requireLetIn(world, browser);
  const [used, copy, out, off, first, second] = await Promise.all([
    usedUp(world),
    copied(world),
    gone(world),
    suspended(world),
    guarded(world),
    guarded(world),
  ]);
  const staleToken = { account: old, token: await stale(world, old) };
  return {
    world,
    victim,
    attacker,
    browser,
    attackersBrowser,
    copied: copy,
    gone: out,
    suspended: off,
    staleToken,
    usedUp: used,
    guarded: first,
    attackersGuarded: second,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
