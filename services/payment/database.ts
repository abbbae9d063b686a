/** The tables of payment's schema. */
import type { ChassisTables } from "@holdfast/chassis/database";
import type { MemberRole } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Generated, GeneratedAlways } from "kysely";
import type { DocumentKind } from "@holdfast/contracts/events/payment";
import type { CustomerTable, RemovedMethodTable } from "./customers/customer-tables.ts";
import type { DocumentContent } from "./documents/document.ts";
import type { DisputeState } from "./disputes/dispute.ts";
import type { Account, PostingKind } from "./ledger/accounts.ts";
import type { Collection } from "./payments/collection.ts";
import type { Asked, Call, IntentState, Standing } from "./payments/payment.ts";
import type {
  ParkedPayoutTable,
  PayoutAccountTable,
  PayoutScheduleTable,
  TransferTable,
} from "./payouts/payout-tables.ts";
import type { DiscrepancyTable, RunTable } from "./reconciliation/reconciliation-tables.ts";
import type { CallingTable } from "./written-calls/calling-table.ts";

export interface PaymentTables extends ChassisTables {
  payments: PaymentTable;
  refunds: RefundTable;
  refund_orders: RefundOrderTable;
  ledger_transactions: LedgerTransactionTable;
  ledger_entries: LedgerEntryTable;
  ledger_closed_days: LedgerClosedDayTable;
  ledger_closes: LedgerCloseTable;
  ledger_close_totals: LedgerCloseTotalTable;
  commissions: CommissionTable;
  settlements: SettlementTable;
  vendor_items: VendorItemTable;
  disputes: DisputeTable;
  stripe_events: StripeEventTable;
  vendors: { vendor_id: Id<"vnd">; version: number; suspended: boolean };
  /** Who may act for a vendor; `role` is null of somebody who may no longer. */
  vendor_members: { vendor_id: Id<"vnd">; user_id: Id<"usr">; role: MemberRole | null; version: number };
  payout_accounts: PayoutAccountTable;
  document_causes: DocumentCauseTable;
  document_prefixes: { vendor_id: Id<"vnd">; prefix: string };
  document_series: DocumentSeriesTable;
  documents: DocumentTable;
  payout_schedules: PayoutScheduleTable;
  transfers: TransferTable;
  parked_payouts: ParkedPayoutTable;
  customers: CustomerTable;
  removed_methods: RemovedMethodTable;
  reconciliation_runs: RunTable;
  reconciliation_seen: { run_id: Id<"rcn">; subject: string };
  discrepancies: DiscrepancyTable;
}

/** One charge of a booking; the columns mean what the members of `Payment` mean. */
export interface PaymentTable {
  booking_id: Id<"bkg">;
  charge: number;
  charges: number;
  id: Id<"pay">;
  customer_id: Id<"usr">;
  vendor_id: Id<"vnd"> | null;
  total_minor: number | null;
  tax_minor: number | null;
  completed: boolean;
  amount_minor: number;
  currency: string;
  provider: string;
  payment_method: string | null;
  capture_at_once: Generated<boolean>;
  save_method: Generated<boolean>;
  stripe_customer_id: string | null;
  used_method: string | null;
  collection: Omit<Collection, "tryAt"> | null;
  try_at: string | null;
  booking_version: number;
  asked: Asked;
  target_minor: number | null;
  status: Standing;
  intent_id: string | null;
  intent_state: IntentState | null;
  client_secret: string | null;
  authorised_minor: number;
  captured_minor: number;
  refunded_minor: number;
  disputed: boolean;
  charged_back_minor: number;
  goodwill_minor: Generated<number>;
  fee_minor: number | null;
  fee_currency: string | null;
  reason: string | null;
  version: number;
  call: Call | null;
  calls: number;
  failures: number;
  looks: number;
  next_attempt_at: string | null;
  parked_reason: string | null;
  traceparent: string | null;
  created_at: string;
  updated_at: Generated<string>;
}

/** Money given back on top of what booking asked for; written once. */
export interface RefundOrderTable {
  id: Id<"rfo">;
  booking_id: Id<"bkg">;
  vendor_id: Id<"vnd">;
  amount_minor: number;
  currency: string;
  reason: string;
  ordered_by: Id<"usr">;
  ordered_at: string;
}

export interface RefundTable {
  id: Id<"rfd">;
  booking_id: Id<"bkg">;
  charge: number;
  amount_minor: number;
  created_at: Generated<string>;
}

/** Append-only, as everything of the ledger; the columns mean what the members of `Posting` mean. */
export interface LedgerTransactionTable {
  id: Id<"ltx">;
  kind: PostingKind;
  cause: string;
  booking_id: Id<"bkg"> | null;
  vendor_id: Id<"vnd"> | null;
  booked_on: string;
  /** Business time at which it was posted. */
  at: string;
}

export interface LedgerEntryTable {
  transaction_id: Id<"ltx">;
  position: number;
  account: Account;
  currency: string;
  amount_minor: number;
}

export interface LedgerClosedDayTable {
  day: string;
  closed_at: Generated<string>;
}

export interface LedgerCloseTable {
  day: string;
  transactions: number;
  entries: number;
  hash: string;
  closed_at: Generated<string>;
}

export interface LedgerCloseTotalTable {
  day: string;
  account: Account;
  currency: string;
  debit_minor: number;
  credit_minor: number;
  balance_minor: number;
}

export interface CommissionTable {
  vendor_id: string;
  /** Machine time, as that of a charge's row. */
  since: string;
  /** Null where the vendor's is the platform's from then on. */
  basis_points: number | null;
}

export interface SettlementTable {
  booking_id: Id<"bkg">;
  vendor_id: Id<"vnd"> | null;
  currency: string;
  over_since: string;
  due: boolean;
  settled_at: string | null;
  times: Generated<number>;
  commission_basis_points: number | null;
  captured_minor: Generated<number>;
  refunded_minor: Generated<number>;
  tax_minor: Generated<number>;
  commission_minor: Generated<number>;
  payable_minor: Generated<number>;
  on_arrival_minor: Generated<number>;
}

export interface VendorItemTable {
  transaction_id: Id<"ltx">;
  kind: PostingKind;
  vendor_id: Id<"vnd">;
  booking_id: Id<"bkg"> | null;
  currency: string;
  payable_minor: number;
  tax_minor: number;
  amount_minor: GeneratedAlways<number>;
  available_at: string;
  /** A dispute about its booking is open. */
  frozen: Generated<boolean>;
  transfer_id: Id<"trf"> | null;
  /** Of what is owed back: it was decided whether it is taken from a transfer that was sent. */
  took_back: Generated<boolean>;
}

/** The columns mean what the members of `Dispute` mean. */
export interface DisputeTable extends CallingTable<"look"> {
  id: Id<"dsp">;
  provider_id: string;
  payment_id: Id<"pay"> | null;
  booking_id: Id<"bkg"> | null;
  charge: number | null;
  vendor_id: Id<"vnd"> | null;
  state: DisputeState;
  provider_status: string | null;
  reason: string | null;
  amount_minor: number;
  currency: string | null;
  refundable: boolean;
  answer_due_by: string | null;
  opened_at: string | null;
  closed_at: string | null;
  withdrawn_minor: number;
  fee_minor: number;
  fee_currency: string | null;
  lost_minor: number;
  losses: number;
  charged_back_minor: number;
  /** What a vendor who has gone will never give back of it; null while that is not decided. */
  written_off_minor: number | null;
  version: number;
  traceparent: string | null;
  looks: number;
  created_at: string;
  updated_at: Generated<string>;
}

/** What became of one of Stripe's events. */
export type EventOutcome = "ignored" | "foreign" | "known" | "applied" | "looked" | "mismatch";

export interface StripeEventTable {
  id: string;
  type: string;
  booking_id: string | null;
  intent_id: string | null;
  payload: unknown;
  outcome: EventOutcome | null;
  received_at: Generated<string>;
  processed_at: string | null;
}

/** Money that moved, and what becomes of its document. */
export interface DocumentCauseTable {
  cause: string;
  place: GeneratedAlways<number>;
  kind: "capture" | "refund";
  booking_id: Id<"bkg">;
  charge: number;
  amount_minor: number;
  at: Generated<string>;
  /** Null once the document is issued. */
  next_attempt_at: Generated<string | null>;
  attempts: Generated<number>;
  failures: Generated<number>;
  document_id: Id<"doc"> | null;
}

export interface DocumentSeriesTable {
  vendor_id: Id<"vnd">;
  kind: DocumentKind;
  year: number;
  last_place: number;
  last_issued_at: string;
}

/** Issued, and never changed. */
export interface DocumentTable {
  id: Id<"doc">;
  kind: DocumentKind;
  vendor_id: Id<"vnd">;
  year: number;
  place: number;
  number: string;
  cause: string;
  booking_id: Id<"bkg">;
  charge: number;
  customer_id: Id<"usr">;
  invoice_id: Id<"doc"> | null;
  currency: string;
  total_minor: number;
  tax_minor: number;
  content: DocumentContent;
  issued_at: string;
}
