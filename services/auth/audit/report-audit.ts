import { forbidden } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import type { AuditReport } from "@holdfast/contracts/api/audit";
import type { AuthDependencies } from "../dependencies.ts";
import { writeReports } from "./write-audit.ts";

/**
 * Adds what another service reports.
 * @throws forbidden where it speaks for a service that it is not
 */
export async function reportAudit(
  { transact }: Pick<AuthDependencies, "transact">,
  { caller, entries }: { readonly caller: Caller; readonly entries: readonly AuditReport[] },
): Promise<void> {
  if (entries.some(({ service }) => caller.userId !== `svc:${service}`)) {
    throw forbidden("A service reports what itself did and refused.");
  }
  await transact(({ tx }) => writeReports(tx, entries));
}
