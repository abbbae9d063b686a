import type { SessionView } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthDependencies } from "../dependencies.ts";
import { userNotFound } from "../problems.ts";
import { livingSessions } from "./session-views.ts";

/**
 * Where an account is signed in, for support.
 * @throws userNotFound
 */
export async function listUserSessions(
  deps: Pick<AuthDependencies, "db" | "clock">,
  { userId }: { readonly userId: Id<"usr"> },
): Promise<{ items: SessionView[] }> {
  const user = await deps.db.selectFrom("users").select("id").where("id", "=", userId).executeTakeFirst();
  if (user === undefined) throw userNotFound();
  return { items: await livingSessions(deps, userId) };
}
