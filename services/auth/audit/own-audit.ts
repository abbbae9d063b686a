/** How auth, which keeps the audit log, tells it what it did and refused itself. */
import { type AuditSinkOptions, type OpenAuditSink, openAuditSink } from "@holdfast/chassis/audit";
import type { Transact } from "@holdfast/chassis/unit-of-work";
import type { AuthTables } from "../database.ts";
import { writeReports } from "./write-audit.ts";

/** As every service's, with the table itself at its end. */
export function openOwnAudit({
  transact,
  log,
  metrics,
}: Pick<AuditSinkOptions, "log" | "metrics"> & { readonly transact: Transact<AuthTables> }): OpenAuditSink {
  return openAuditSink({
    service: "auth",
    write: (reports) => transact(({ tx }) => writeReports(tx, reports)),
    log,
    metrics,
  });
}
