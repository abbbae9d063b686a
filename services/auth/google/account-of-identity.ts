/** Whose account a Google identity signs in to. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthTables } from "../database.ts";
import { requestMail } from "../mails/request-mail.ts";
import { googleRefused } from "../problems.ts";
import { addUser } from "../users/add-user.ts";
import type { GoogleIdentity } from "./google-provider.ts";

const provider = "google";

/** When, for the event and the row. */
export interface SignInMoment {
  /** Machine time. */
  readonly machineNow: Temporal.Instant;
  /** Business time. */
  readonly now: Temporal.Instant;
  readonly traceparent: string;
}

/**
 * The account the identity belongs to. One that is new is linked to the account of its verified address, whose owner is
 * told by mail, or makes an account: addresses of accounts are verified, always, so both were proved to be the same
 * person's. An address that Google does not vouch for links nothing and makes nothing.
 * @throws googleRefused
 */
export async function accountOfIdentity(
  unit: UnitOfWork<AuthTables>,
  identity: GoogleIdentity,
  at: SignInMoment,
): Promise<Id<"usr">> {
  const { tx } = unit;
  const known = await tx
    .selectFrom("identities")
    .select("user_id")
    .where("provider", "=", provider)
    .where("subject", "=", identity.subject)
    .executeTakeFirst();
  if (known !== undefined) return known.user_id;
  const { verifiedEmail: email } = identity;
  if (email === null) throw googleRefused("Google does not vouch for the address of this account.");
  const userId = (await lockAccountOf(unit, email)) ?? (await makeAccount(unit, { ...identity, email }, at));
  await link(unit, userId, identity, at);
  return userId;
}

async function lockAccountOf({ tx }: UnitOfWork<AuthTables>, email: string): Promise<Id<"usr"> | undefined> {
  const user = await tx
    .selectFrom("users")
    .select("id")
    .where("email", "=", email)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return user?.id;
}

async function makeAccount(
  unit: UnitOfWork<AuthTables>,
  { email, name }: { readonly email: string; readonly name: string },
  { now, traceparent }: SignInMoment,
): Promise<Id<"usr">> {
  const account = { email, name, roles: ["customer" as const], passwordHash: null, now, traceparent };
  const added = await addUser(unit, account);
  // Somebody made it in the meantime, and has committed by now.
  const userId = added?.id ?? (await lockAccountOf(unit, email));
  if (userId === undefined) throw googleRefused("The account was closed in this moment; try again.");
  return userId;
}

async function link(
  unit: UnitOfWork<AuthTables>,
  userId: Id<"usr">,
  { subject }: GoogleIdentity,
  { machineNow, now, traceparent }: SignInMoment,
): Promise<void> {
  const linked = await unit.tx
    .insertInto("identities")
    .values({ provider, subject, user_id: userId, linked_at: machineNow.toString() })
    .onConflict((conflict) => conflict.doNothing())
    .returning("subject")
    .executeTakeFirst();
  if (linked !== undefined) {
    await requestMail(unit, {
      mail: "identity-linked",
      userId,
      facts: { provider: "Google" },
      now,
      traceparent,
    });
    return;
  }
  // The same identity, linked to this account by another sign-in of this moment, is as good.
  const own = await unit.tx
    .selectFrom("identities")
    .select("subject")
    .where("user_id", "=", userId)
    .where("provider", "=", provider)
    .executeTakeFirst();
  if (own?.subject !== subject) throw googleRefused("The account is linked to another Google account.");
}
