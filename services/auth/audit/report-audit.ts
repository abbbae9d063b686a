import { forbidden } from "@holdfast/chassis/problems";
import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { AuditReport } from "@holdfast/contracts/api/audit";
import type { AuthTables } from "../database.ts";
import { writeReports } from "./write-audit.ts";

/**
 * Adds what another service reports.
 * @throws forbidden where it speaks for a service that it is not
 */
export async function reportAudit(
  { tx }: UnitOfWork<AuthTables>,
  { caller, entries }: { readonly caller: Caller; readonly entries: readonly AuditReport[] },
): Promise<void> {
  if (entries.some(({ service }) => caller.userId !== `svc:${service}`)) {
    throw forbidden("A service reports what itself did and refused.");
  }
  await writeReports(tx, entries);
}
