/** The tables of what vendors are paid out. */
import type { Id } from "@holdfast/contracts/ids";
import type { Generated } from "kysely";
import type { TransferPurpose, TransferState } from "../transfers/transfer.ts";
import type { CallingTable } from "../written-calls/calling-table.ts";
import type { AccountPurpose, PayoutAccountState } from "./payout-account.ts";
import type { PayoutDays } from "./schedule.ts";

/** The columns mean what the members of `PayoutAccount` mean. */
export interface PayoutAccountTable extends CallingTable<AccountPurpose> {
  vendor_id: Id<"vnd">;
  country: string;
  account_id: string | null;
  currency: string | null;
  state: PayoutAccountState;
  missing: string[];
  reason: string | null;
  version: number;
  looks: number;
  /** Business time. */
  next_payout_at: Generated<string>;
  created_at: string;
  updated_at: Generated<string>;
}

export interface PayoutScheduleTable {
  vendor_id: Id<"vnd">;
  interval: PayoutDays["interval"];
  weekday: number | null;
  day: number | null;
  hold_days: number;
}

/** The columns mean what the members of `Transfer` mean. */
export interface TransferTable extends CallingTable<TransferPurpose> {
  id: Id<"trf">;
  kind: "transfer" | "reversal";
  vendor_id: Id<"vnd">;
  account_id: string;
  currency: string;
  amount_minor: number;
  payable_minor: number;
  tax_minor: number;
  reverses: Id<"trf"> | null;
  reverses_at_provider: string | null;
  booking_id: Id<"bkg"> | null;
  state: TransferState;
  provider_id: string | null;
  reason: string | null;
  reversed_minor: number;
  reversing_minor: number;
  version: number;
  created_at: string;
  sent_at: string | null;
  updated_at: Generated<string>;
}

/** What the provider refused to send, until it does. */
export interface ParkedPayoutTable {
  vendor_id: Id<"vnd">;
  currency: string;
  transfer_id: Id<"trf">;
  reason: string;
  refusals: number;
  since: string;
  retry_at: string;
}
