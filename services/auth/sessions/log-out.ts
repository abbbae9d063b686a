import { forbidden } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import type { Id } from "@holdfast/contracts/ids";
import type { AuthDependencies } from "../dependencies.ts";
import { endSession } from "./end-session.ts";

/**
 * Ends the caller's session, with all its refresh tokens; ending it again changes nothing.
 * @throws forbidden when the token belongs to no session
 */
export async function logOut(
  { transact, clock }: Pick<AuthDependencies, "transact" | "clock">,
  { caller, traceparent }: { readonly caller: Caller; readonly traceparent: string },
): Promise<void> {
  if (caller.sessionId === undefined) throw forbidden("This token belongs to no session.");
  const end = {
    sessionId: caller.sessionId as Id<"ses">,
    userId: caller.userId as Id<"usr">,
    reason: "logged-out",
    endedAt: clock.machineNow(),
    now: clock.now(),
    traceparent,
  } as const;
  await transact((unit) => endSession(unit, end));
}
