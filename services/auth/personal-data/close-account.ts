/** An account's end: closed, and its data erased, here in one transaction and elsewhere by the event that it writes. */
import { answer, type Answer, type Call, callerOf } from "@holdfast/chassis/endpoint";
import { idempotent, unlessAnswered } from "@holdfast/chassis/idempotency";
import { refuseToken } from "@holdfast/chassis/problems";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { closeAccount as endpoint } from "@holdfast/contracts/api/users";
import { userErased, userStatusChanged } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import { sql, type Transaction } from "kysely";
import { writeAudit } from "../audit/write-audit.ts";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { requestMail } from "../mails/request-mail.ts";
import { bookingsToCome, ownsVendors } from "../problems.ts";
import { accountFact } from "../second-factor/account-fact.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { revokeUserTokens } from "../sessions/revoke-user-tokens.ts";
import { lockForChange, refuseLastAdministrator } from "../users/administrators.ts";

/** In place of a name. */
const erasedName = "Erased";
/** For how long the last mail may wait for a mail server that is down; the address is kept for it alone. */
const lastMailHours = 24;

type Deps = Pick<AuthDependencies, "transact" | "repetitionSecret" | "clock" | "personalData">;

/**
 * Closes the caller's account. The last mail goes to the address it had, which its ticket keeps until that is sent.
 * @throws bookingsToCome, lastAdministrator, ownsVendors; serviceUnavailable where booking cannot be asked
 */
export async function closeAccount(
  deps: Deps,
  call: Call<typeof endpoint>,
): Promise<Answer<{ readonly message: string }>> {
  return unlessAnswered(deps, call, async () => {
    const kept = await deps.personalData.keptBy("booking", callerOf(call).userId as Id<"usr">);
    if (kept.bookingsToCome > 0) {
      throw bookingsToCome(undefined, { extra: { bookingsToCome: kept.bookingsToCome } });
    }
    return idempotent(deps, call, async (unit) => {
      await close(deps, unit, call);
      return answer({ message: "The account is closed. What is kept about you is erased within minutes." });
    });
  });
}

async function close(
  { clock }: Pick<Deps, "clock">,
  unit: UnitOfWork<AuthTables>,
  call: Call<typeof endpoint>,
): Promise<void> {
  const userId = callerOf(call).userId as Id<"usr">;
  const machineNow = clock.machineNow();
  const about = { userId, now: clock.now(), traceparent: call.traceparent };
  const { tx } = unit;
  const user = await lockForChange(tx, userId);
  if (user.status !== "active") throw refuseToken("The account does not exist.");
  await refuseLastAdministrator(tx, user);
  await refuseLastOwner(tx, userId);
  const version = user.version + 1;
  await endSessions(unit, {
    ...about,
    reason: "logged-out",
    cause: "account-closed",
    endedAt: machineNow,
  });
  const tokensFrom = await revokeUserTokens(unit, userId, machineNow);
  const email = await erase(tx, userId, { version, machineNow });
  await requestMail(unit, {
    mail: "account-closed",
    email,
    expiresAt: machineNow.add({ hours: lastMailHours }),
    now: about.now,
    traceparent: about.traceparent,
  });
  await writeAudit(tx, accountFact(call));
  announceEnd(unit, { ...about, version, tokensFrom });
}

function announceEnd(
  unit: UnitOfWork<AuthTables>,
  of: {
    readonly userId: Id<"usr">;
    readonly version: number;
    readonly tokensFrom: string;
    readonly now: Temporal.Instant;
    readonly traceparent: string;
  },
): void {
  const { userId, version, tokensFrom, traceparent } = of;
  const told = { subject: userId, version, traceparent, time: of.now };
  unit.announce(userStatusChanged, { ...told, data: { userId, status: "closed", tokensFrom } });
  unit.announce(userErased, { ...told, data: { userId } });
}

/** @throws ownsVendors naming the vendors that would have nobody left */
async function refuseLastOwner(tx: Transaction<AuthTables>, userId: Id<"usr">): Promise<void> {
  const { rows } = await sql<{ vendor_id: string }>`select vendor_id from vendor_members own
    where user_id = ${userId} and role = 'owner' and not exists (
      select from vendor_members other
      where other.vendor_id = own.vendor_id and other.role = 'owner' and other.user_id <> own.user_id)
    order by vendor_id limit 100`.execute(tx);
  if (rows.length > 0)
    throw ownsVendors(undefined, { extra: { vendorIds: rows.map((row) => row.vendor_id) } });
}

/** Everything that names the person or proves who they are; gives the address that was theirs. */
async function erase(
  tx: Transaction<AuthTables>,
  userId: Id<"usr">,
  { version, machineNow }: { readonly version: number; readonly machineNow: Temporal.Instant },
): Promise<string | undefined> {
  const before = await sql<{ email: string | null }>`select email from users where id = ${userId}`.execute(
    tx,
  );
  const email = before.rows[0]?.email ?? undefined;
  const at = machineNow.toString();
  const erasing = [
    sql`delete from refresh_tokens where session_id in (select id from sessions where user_id = ${userId})`,
    sql`update sessions set device = '', network = '', country = null, csrf_token = null where user_id = ${userId}`,
    sql`delete from second_factors where user_id = ${userId}`,
    sql`delete from recovery_codes where user_id = ${userId}`,
    sql`delete from sign_in_challenges where user_id = ${userId}`,
    sql`delete from identities where user_id = ${userId}`,
    sql`delete from api_keys where user_id = ${userId}`,
    sql`delete from vendor_members where user_id = ${userId}`,
    sql`delete from idempotency_keys where caller = ${userId}`,
    sql`delete from mail_tickets where user_id = ${userId} or email = ${email}`,
    sql`delete from registrations where email = ${email}`,
    sql`update users set email = null, name = ${erasedName}, password_hash = null, roles = '{customer}',
      status = 'closed', status_changed_at = ${at}, erased_at = ${at}, version = ${version} where id = ${userId}`,
  ];
  for (const step of erasing) await step.execute(tx);
  return email;
}
