/** The tables of the reconciliation. */
import type { DiscrepancyKind, DiscrepancyView, RunView } from "@holdfast/contracts/api/reconciliation";
import type { Id } from "@holdfast/contracts/ids";
import type { ColumnType, Generated } from "kysely";
import type { WrittenCall } from "../written-calls/written-call.ts";
import type { Side } from "./finding.ts";
import type { Phase } from "./phases.ts";

export interface RunTable {
  id: Id<"rcn">;
  cause: RunView["cause"];
  state: RunView["state"];
  /** Machine time, as all of the reconciliation's. */
  since: string;
  phase: Phase;
  cursor: string | null;
  compared: ColumnType<RunView["compared"], string, string>;
  opened: Generated<number>;
  closed: Generated<number>;
  /** In a row. */
  failures: Generated<number>;
  failure: string | null;
  worker: string | null;
  leased_until: Generated<string>;
  created_at: string;
  finished_at: string | null;
}

/** What a call about a stray intent does. */
export type GiveBackPurpose = "void" | "refund";

export interface DiscrepancyTable {
  id: Id<"dcy">;
  kind: DiscrepancyKind;
  subject: string;
  booking_id: Id<"bkg"> | null;
  state: DiscrepancyView["state"] | "suspected";
  action: DiscrepancyView["action"]["state"];
  ours: ColumnType<Side, string, string>;
  theirs: ColumnType<Side, string, string>;
  repairs: Generated<number>;
  first_seen_at: string;
  last_seen_at: string;
  /** When it was last compared by itself. */
  checked_at: string | null;
  closed_at: string | null;
  call: ColumnType<WrittenCall<GiveBackPurpose> | null, string | null, string | null>;
  calls: Generated<number>;
  failures: Generated<number>;
  next_attempt_at: string | null;
  parked_reason: string | null;
}
