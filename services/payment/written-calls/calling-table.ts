/** The columns of whatever has calls written down. */
import type { ColumnType } from "kysely";
import type { WrittenCall } from "./written-call.ts";

/** How the calls about a row stand; the columns mean what the members of `Calling` mean. */
export interface CallingTable<P extends string> {
  call: ColumnType<WrittenCall<P> | null, string | null, string | null>;
  calls: number;
  failures: number;
  next_attempt_at: string | null;
  parked_reason: string | null;
}
