/** A vendor as it is loaded, as the API shows it, and as events tell of it. */
import type { Caller } from "@holdfast/chassis/tokens";
import type { Permission } from "@holdfast/contracts/access";
import type { PostalAddress, VendorStatus, VendorView } from "@holdfast/contracts/api/catalog";
import type { EventData } from "@holdfast/contracts/define-event";
import type { vendorRegistered } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { Kysely, Selectable } from "kysely";
import type { CatalogTables, VendorTable } from "../database.ts";
import { vendorNotFound } from "../problems.ts";
import { requireAuthority } from "./authority.ts";

export type VendorRow = Selectable<VendorTable>;

/**
 * A vendor, for those whose role with it allows what they are about to do.
 * @throws vendorNotFound, roleInsufficient
 */
export async function loadVendor(
  db: Kysely<CatalogTables>,
  caller: Caller,
  { vendorId, permission }: { readonly vendorId: Id<"vnd">; readonly permission: Permission },
): Promise<VendorRow> {
  const vendor = await db.selectFrom("vendors").selectAll().where("id", "=", vendorId).executeTakeFirst();
  if (vendor === undefined) throw vendorNotFound();
  await requireAuthority(db, { caller, permission, vendor }, vendorNotFound);
  return vendor;
}

/**
 * Locks a vendor, and so its version and its members, until the transaction ends.
 * @throws vendorNotFound, roleInsufficient
 */
export async function lockVendor(
  tx: Kysely<CatalogTables>,
  caller: Caller,
  { vendorId, permission }: { readonly vendorId: Id<"vnd">; readonly permission: Permission },
): Promise<VendorRow> {
  const vendor = await tx
    .selectFrom("vendors")
    .selectAll()
    .where("id", "=", vendorId)
    .forUpdate()
    .executeTakeFirst();
  if (vendor === undefined) throw vendorNotFound();
  await requireAuthority(tx, { caller, permission, vendor }, vendorNotFound);
  return vendor;
}

/** How far the vendor has come, in today's words. */
export function statusOf({ status }: Pick<VendorRow, "status">): VendorStatus {
  return status === "registered" ? "draft" : status;
}

export function vendorView(vendor: VendorRow): VendorView {
  return {
    vendorId: vendor.id,
    ownerId: vendor.owner_id,
    name: vendor.name,
    description: vendor.description,
    contactUrl: vendor.contact_url,
    legalName: vendor.legal_name,
    taxId: vendor.tax_id,
    address: vendor.address,
    status: statusOf(vendor),
    reasons: [...vendor.reasons],
    version: vendor.version,
    createdAt: vendor.created_at,
  };
}

/** An address as its column is written. */
export function addressColumn(address: PostalAddress | null): string | null {
  return address === null ? null : JSON.stringify(address);
}

export function vendorFacts(vendor: VendorRow): EventData<typeof vendorRegistered> {
  return { vendorId: vendor.id, ownerId: vendor.owner_id, name: vendor.name };
}
