import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import { roles as allRoles, type Role } from "@holdfast/contracts/access";
import type { UserView } from "@holdfast/contracts/api/accounts";
import { userRolesChanged } from "@holdfast/contracts/events/auth";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthTables } from "../database.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { accountClosed } from "../problems.ts";
import { revokeUserTokens } from "../sessions/revoke-user-tokens.ts";
import { lockForChange, refuseLastAdministrator } from "./administrators.ts";
import { getUser } from "./get-user.ts";

export interface SetUserRolesCall {
  readonly userId: Id<"usr">;
  readonly roles: readonly Role[];
  readonly traceparent: string;
}

/**
 * Gives an account other roles. Its tokens are refused from then on, and its sessions go on with new ones; the roles it
 * has already change nothing.
 * @throws userNotFound, accountClosed, lastAdministrator
 */
export async function setUserRoles(
  { clock }: Pick<AuthDependencies, "clock">,
  unit: UnitOfWork<AuthTables>,
  { userId, roles: asked, traceparent }: SetUserRolesCall,
): Promise<UserView> {
  const roles = allRoles.filter((role) => asked.includes(role));
  const { tx } = unit;
  const user = await lockForChange(tx, userId);
  if (user.status === "closed") throw accountClosed();
  if (roles.length !== user.roles.length || roles.some((role) => !user.roles.includes(role))) {
    if (!roles.includes("admin")) await refuseLastAdministrator(tx, user);
    const version = user.version + 1;
    await tx.updateTable("users").set({ roles, version }).where("id", "=", userId).execute();
    const tokensFrom = await revokeUserTokens(unit, userId, clock.machineNow());
    unit.announce(userRolesChanged, {
      subject: userId,
      version,
      data: { userId, roles, tokensFrom },
      traceparent,
      time: clock.now(),
    });
  }
  return getUser({ db: tx }, userId);
}
