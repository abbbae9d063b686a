import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { VendorView } from "@holdfast/contracts/api/catalog";
import { changeVendor as endpoint } from "@holdfast/contracts/api/vendors";
import type { Id } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { CatalogTables } from "../database.ts";
import { requireVersion } from "../versions/version-tag.ts";
import { addressColumn, lockVendor, vendorView } from "./vendor-view.ts";

export interface ChangeVendorCall {
  readonly caller: Caller;
  readonly vendorId: Id<"vnd">;
  readonly body: z.output<NonNullable<typeof endpoint.body>>;
  readonly ifMatch: string | undefined;
}

/**
 * Changes what a vendor says about itself; nobody is told, for events carry none of it but the name.
 * @throws vendorNotFound, roleInsufficient, versionMissing, versionOutdated
 */
export async function changeVendor(
  { tx }: UnitOfWork<CatalogTables>,
  { caller, vendorId, body, ifMatch }: ChangeVendorCall,
): Promise<VendorView> {
  const before = await lockVendor(tx, caller, { vendorId, permission: endpoint.access });
  requireVersion(ifMatch, before.version);
  const vendor = await tx
    .updateTable("vendors")
    .set({
      name: body.name ?? before.name,
      description: body.description ?? before.description,
      contact_url: body.contactUrl === undefined ? before.contact_url : body.contactUrl,
      legal_name: body.legalName === undefined ? before.legal_name : body.legalName,
      tax_id: body.taxId === undefined ? before.tax_id : body.taxId,
      address: addressColumn(body.address === undefined ? before.address : body.address),
      version: before.version + 1,
    })
    .where("id", "=", vendorId)
    .returningAll()
    .executeTakeFirstOrThrow();
  return vendorView(vendor);
}
