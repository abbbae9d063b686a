/** Calls about accounts and sessions that have an effect. */
import { registerUser, requestEmailChange, requestPasswordReset } from "@holdfast/contracts/api/accounts";
import { openMailTickets } from "@holdfast/contracts/api/accounts";
import { createApiKey } from "@holdfast/contracts/api/api-keys";
import { beginSecondFactor } from "@holdfast/contracts/api/second-factor";
import { randomUUID } from "node:crypto";
import { Secret } from "otpauth";
import { codeAt } from "../../services/auth/second-factor/totp.ts";
import { bearer, send } from "../requests.ts";
import type { RouteGround } from "../route-ground.ts";
import { challengeOf, guarded, sessionOf } from "../session/accounts.ts";
import type { Account } from "../world.ts";
import { type Prepare, textOf, type Unusual } from "./act.ts";

const newPassword = "another-orbit-77-harbour";
const tokenOf = ({ client }: Account) => client.tokens.accessToken;
const newCustomer = ({ world }: RouteGround) => world.newAccount(["customer"]);

/** By an account of its own. */
const byNewcomer =
  (unusual: (account: Account) => Unusual | Promise<Unusual> = () => ({})): Prepare =>
  async (ground) => {
    const account = await newCustomer(ground);
    return { token: tokenOf(account), ...(await unusual(account)) };
  };

/** By an administrator, about an account of its own. */
const aboutNewcomer =
  (body?: object): Prepare =>
  async (ground) => ({
    ids: { userId: (await newCustomer(ground)).userId },
    ...(body === undefined ? {} : { body }),
  });

/** By an account with a second factor that was turned on just now. */
const byGuarded: Prepare = async ({ world }) => ({ token: tokenOf((await guarded(world)).account) });

const bySigningIn: Prepare = async (ground) => {
  const { email, password } = await newCustomer(ground);
  return { body: { email, password } };
};

const bySecondStep: Prepare = async ({ world }) => {
  const { account, code } = await guarded(world);
  return { body: { challenge: await challengeOf(world, account), code: code() } };
};

/** The link of the mail with that ticket, as the service that sends mails is told it. */
async function linkOf({ world, serviceToken }: RouteGround, ticketId: string): Promise<string> {
  const { text } = await send({
    method: "post",
    url: `${world.place.serviceUrls.auth}${openMailTickets.path}`,
    headers: bearer(serviceToken),
    body: { ticketIds: [ticketId] },
  });
  const { tickets } = JSON.parse(text) as { tickets: { token: string }[] };
  return tickets[0]?.token ?? "";
}

async function linkTo(ground: RouteGround, userId: string, mail: string): Promise<string> {
  const ticket = "select id as text from auth.mail_tickets where user_id = $1 and mail = $2";
  return linkOf(ground, await textOf(ground, ticket, [userId, mail]));
}

export const actsOfAccounts: Readonly<Record<string, Prepare>> = {
  verifyEmail: async (ground) => {
    const email = `${randomUUID()}@example.com`;
    await ground.world.anyone.call(registerUser, { body: { email, password: newPassword, name: "Ana" } });
    const ticket = `select t.id as text from auth.mail_tickets t
      join auth.registrations r on r.id = t.registration_id where r.email = $1`;
    return { body: { token: await linkOf(ground, await textOf(ground, ticket, [email])) } };
  },
  changePassword: byNewcomer(() => ({ body: { newPassword } })),
  requestPasswordReset: async (ground) => ({ body: { email: (await newCustomer(ground)).email } }),
  resetPassword: async (ground) => {
    const { userId, email } = await newCustomer(ground);
    await ground.world.anyone.call(requestPasswordReset, { body: { email } });
    return { body: { token: await linkTo(ground, userId, "reset-password"), newPassword } };
  },
  confirmEmailChange: async (ground) => {
    const { userId, client } = await newCustomer(ground);
    await client.call(requestEmailChange, { body: { newEmail: `${randomUUID()}@example.com` } });
    return { body: { token: await linkTo(ground, userId, "confirm-new-email") } };
  },
  logIn: bySigningIn,
  logInBrowser: bySigningIn,
  passSecondFactor: bySecondStep,
  passSecondFactorBrowser: bySecondStep,
  logOut: byNewcomer(),
  logOutBrowser: byNewcomer(),
  endSession: byNewcomer(async (account) => {
    const other = await account.client.logIn(account);
    return { ids: { sessionId: sessionOf(other.tokens.accessToken) } };
  }),
  endAllSessions: byNewcomer(),
  stepUp: byNewcomer(({ password }) => ({ body: { password } })),
  beginSecondFactor: byNewcomer(),
  confirmSecondFactor: byNewcomer(async ({ client }) => {
    const { secret } = await client.call(beginSecondFactor);
    return { body: { code: codeAt(Buffer.from(Secret.fromBase32(secret).bytes), Date.now()) } };
  }),
  removeSecondFactor: byGuarded,
  renewRecoveryCodes: byGuarded,
  createApiKey: byNewcomer(),
  rotateApiKey: byNewcomer(newKey),
  revokeApiKey: byNewcomer(newKey),
  closeAccount: byNewcomer(),
  endUserSessions: aboutNewcomer(),
  setUserRoles: aboutNewcomer({ roles: ["customer", "vendor"] }),
  setUserStatus: aboutNewcomer({ status: "suspended", reason: "So." }),
  rotateSigningKey: async ({ sql }) => {
    // Another file may have made one that still waits.
    await sql.query("delete from auth.signing_keys where signs_from > now()");
    await sql.query("update auth.signing_keys set published_until = null where published_until > now()");
    return { body: { reason: "routine" } };
  },
};

async function newKey({ client }: Account): Promise<Unusual> {
  const body = { name: "A key", scopes: ["booking:read:own" as const] };
  return { ids: { keyId: (await client.call(createApiKey, { body })).apiKey.keyId } };
}
