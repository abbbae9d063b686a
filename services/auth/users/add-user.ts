/** The one place where an account is written. */
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { Role } from "@holdfast/contracts/access";
import { userRegistered } from "@holdfast/contracts/events/auth";
import { newId } from "@holdfast/contracts/ids";
import type { AuthTables } from "../database.ts";
import { type ViewedUser, viewedUserColumns } from "./user-view.ts";

/** An account to be; the e-mail address is in lower case. */
export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly roles: Role[];
  /** Null where it signs in through a provider alone. */
  readonly passwordHash: string | null;
  readonly now: Temporal.Instant;
  readonly traceparent?: string;
}

/** Adds the account and announces it; undefined when the e-mail address is taken. */
export async function addUser(unit: UnitOfWork<AuthTables>, user: NewUser): Promise<ViewedUser | undefined> {
  const added = await unit.tx
    .insertInto("users")
    .values({
      id: newId("usr"),
      email: user.email,
      name: user.name,
      roles: user.roles,
      password_hash: user.passwordHash,
      created_at: user.now.toString(),
    })
    .onConflict((conflict) => conflict.constraint("users_email_unique").doNothing())
    .returning(viewedUserColumns)
    .executeTakeFirst();
  if (added === undefined) return undefined;
  unit.announce(userRegistered, {
    subject: added.id,
    version: 1,
    data: { userId: added.id, roles: added.roles.filter((role) => role !== "support") },
    traceparent: user.traceparent,
    time: user.now,
  });
  return { ...added, second_factor: false, identities: [] };
}
