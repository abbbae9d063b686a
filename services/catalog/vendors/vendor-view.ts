/** A vendor as the API shows it, and as events tell of it. */
import type { VendorView } from "@holdfast/contracts/api/catalog";
import type { vendorRegistered } from "@holdfast/contracts/events/catalog";
import type { EventData } from "@holdfast/contracts/define-event";
import type { Selectable } from "kysely";
import type { VendorTable } from "../database.ts";

export type VendorRow = Selectable<VendorTable>;

export function vendorView(vendor: VendorRow): VendorView {
  return {
    vendorId: vendor.id,
    ownerId: vendor.owner_id,
    name: vendor.name,
    status: vendor.status,
    createdAt: vendor.created_at,
  };
}

export function vendorFacts(vendor: VendorRow): EventData<typeof vendorRegistered> {
  return { vendorId: vendor.id, ownerId: vendor.owner_id, name: vendor.name };
}
