import type { Id } from "@holdfast/contracts/ids";
import { sql } from "kysely";
import type { AuthDependencies } from "../dependencies.ts";

export interface Contact {
  readonly userId: Id<"usr">;
  readonly email: string;
  readonly name: string;
}

/** How to reach these people; those that do not exist are left out. */
export async function getContacts(
  { db }: Pick<AuthDependencies, "db">,
  userIds: readonly Id<"usr">[],
): Promise<Contact[]> {
  return db
    .selectFrom("users")
    .select(["id as userId", "email", "name"])
    .$narrowType<{ email: string }>()
    .where("email", "is not", null)
    .where(sql<boolean>`id = any(${userIds})`)
    .execute();
}
