import { type Call, callerOf } from "@holdfast/chassis/endpoint";
import type { listSessions as endpoint, SessionView } from "@holdfast/contracts/api/sessions";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthDependencies } from "../dependencies.ts";
import { livingSessions } from "./session-views.ts";

/** Where the caller is signed in. */
export async function listSessions(
  deps: Pick<AuthDependencies, "db" | "clock">,
  call: Pick<Call<typeof endpoint>, "caller">,
): Promise<{ items: SessionView[] }> {
  const { userId, sessionId } = callerOf(call);
  return { items: await livingSessions(deps, userId as Id<"usr">, sessionId) };
}
