import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { UserView } from "@holdfast/contracts/api/accounts";
import { userStatusChanged } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { requestMail } from "../mails/request-mail.ts";
import { accountClosed } from "../problems.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { revokeUserTokens } from "../sessions/revoke-user-tokens.ts";
import { lockForChange, refuseLastAdministrator } from "./administrators.ts";
import { getUser } from "./get-user.ts";

export interface SetUserStatusCall {
  readonly userId: Id<"usr">;
  readonly status: "active" | "suspended";
  /** What the account's owner is told. */
  readonly reason: string;
  readonly traceparent: string;
}

/**
 * Suspends or reinstates an account and tells its owner. A suspended one's sessions end and its tokens, those made from
 * API keys too, are refused from then on; the status it has already changes nothing.
 * @throws userNotFound, accountClosed, lastAdministrator
 */
export async function setUserStatus(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { userId, status, reason, traceparent }: SetUserStatusCall,
): Promise<UserView> {
  const machineNow = clock.machineNow();
  const about = { userId, now: clock.now(), traceparent };
  const { tx } = unit;
  const user = await lockForChange(tx, userId);
  if (user.status === "closed") throw accountClosed();
  if (user.status !== status) {
    if (status === "suspended") await refuseLastAdministrator(tx, user);
    const version = user.version + 1;
    await tx
      .updateTable("users")
      .set({ status, status_changed_at: machineNow.toString(), version })
      .where("id", "=", userId)
      .execute();
    const tokensFrom = await revokeUserTokens(unit, userId, machineNow);
    if (status === "suspended") {
      await endSessions(unit, {
        ...about,
        reason: "logged-out",
        cause: "account-suspended",
        endedAt: machineNow,
      });
    }
    const mail = status === "suspended" ? "account-suspended" : "account-reinstated";
    await requestMail(unit, { ...about, mail, facts: { reason } });
    unit.announce(userStatusChanged, {
      subject: userId,
      version,
      data: { userId, status, tokensFrom },
      traceparent,
      time: about.now,
    });
  }
  return getUser({ db: tx }, userId);
}
