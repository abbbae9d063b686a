/** An audit log in memory, for tests of what is told to it. */
import type { AuditNote, AuditSink } from "./audit.ts";
import { auditUnavailable } from "./problems.ts";

export interface KeptAudit extends AuditSink {
  readonly recorded: AuditNote[];
  readonly noted: AuditNote[];
  /** While true nothing can be recorded. */
  isDown: boolean;
}

export function keepAudit(): KeptAudit {
  const kept: KeptAudit = {
    recorded: [],
    noted: [],
    isDown: false,
    async record(note) {
      if (kept.isDown) throw auditUnavailable();
      kept.recorded.push(note);
    },
    note: (note) => void kept.noted.push(note),
  };
  return kept;
}
