import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { VendorView } from "@holdfast/contracts/api/catalog";
import { vendorRegistered } from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { vendorFacts, vendorView } from "./vendor-view.ts";

export interface RegisterVendorCall {
  readonly caller: Caller;
  readonly body: { readonly name: string };
  readonly traceparent: string;
}

/** Registers a vendor that the caller owns. */
export async function registerVendor(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, body: { name }, traceparent }: RegisterVendorCall,
): Promise<VendorView> {
  const now = clock.now();
  const vendor = await unit.tx
    .insertInto("vendors")
    .values({
      id: newId("vnd"),
      owner_id: caller.userId as Id<"usr">,
      name,
      status: "registered",
      version: 1,
      created_at: now.toString(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  unit.announce(vendorRegistered, {
    subject: vendor.id,
    version: vendor.version,
    data: vendorFacts(vendor),
    traceparent,
    time: now,
  });
  return vendorView(vendor);
}
