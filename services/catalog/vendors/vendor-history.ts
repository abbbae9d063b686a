/** Every step a vendor took: who took it, when, and what they said. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { VendorStatus } from "@holdfast/contracts/api/catalog";
import {
  type DocumentReference,
  getVendorHistory as endpoint,
  type VendorHistoryEntry,
} from "@holdfast/contracts/api/vendors";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely } from "kysely";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { loadVendor, type VendorRow } from "./vendor-view.ts";

export interface HistoryStep {
  /** In its version after the step. */
  readonly vendor: VendorRow;
  readonly action: string;
  readonly from: VendorStatus | null;
  readonly to: VendorStatus;
  readonly by: Id<"usr">;
  readonly now: Temporal.Instant;
  readonly reasons?: readonly string[];
  readonly documents?: readonly DocumentReference[];
}

/** Writes a step down, in the transaction that takes it. */
export async function writeHistory(tx: Kysely<CatalogTables>, step: HistoryStep): Promise<void> {
  await tx
    .insertInto("vendor_history")
    .values({
      vendor_id: step.vendor.id,
      version: step.vendor.version,
      at: step.now.toString(),
      action: step.action,
      from_status: step.from,
      to_status: step.to,
      by_user: step.by,
      reasons: JSON.stringify(step.reasons ?? []),
      documents: JSON.stringify(step.documents ?? []),
    })
    .execute();
}

const mostEntries = 100;

/**
 * The vendor's last steps, newest first.
 * @throws vendorNotFound, roleInsufficient
 */
export async function getVendorHistory(
  { db }: Pick<CatalogDependencies, "db">,
  { caller, vendorId }: { readonly caller: Caller; readonly vendorId: Id<"vnd"> },
): Promise<{ entries: VendorHistoryEntry[] }> {
  await loadVendor(db, caller, { vendorId, permission: endpoint.access });
  const rows = await db
    .selectFrom("vendor_history")
    .selectAll()
    .where("vendor_id", "=", vendorId)
    .orderBy("version", "desc")
    .limit(mostEntries)
    .execute();
  const entries = rows.map((row) => ({
    version: row.version,
    at: row.at,
    action: row.action,
    from: row.from_status,
    to: row.to_status,
    by: row.by_user,
    reasons: row.reasons,
    documents: row.documents,
  }));
  return { entries };
}
