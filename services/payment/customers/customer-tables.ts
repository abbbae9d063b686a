/** The tables of guests as the provider knows them, and of what they had taken away. */
import type { Id } from "@holdfast/contracts/ids";
import type { Generated } from "kysely";
import type { CallingTable } from "../written-calls/calling-table.ts";
import type { CustomerPurpose } from "./customer.ts";

/** The columns mean what the members of `Customer` mean. */
export interface CustomerTable extends CallingTable<CustomerPurpose> {
  user_id: Id<"usr">;
  provider_id: string | null;
  erased: Generated<boolean>;
  reason: string | null;
  created_at: string;
  updated_at: Generated<string>;
}

/** The columns mean what the members of `Removal` mean. */
export interface RemovedMethodTable extends CallingTable<"detach"> {
  method_id: string;
  user_id: Id<"usr">;
  created_at: string;
}
