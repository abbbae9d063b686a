import type { VendorView } from "@holdfast/contracts/api/catalog";
import { vendorVerified } from "@holdfast/contracts/events/catalog";
import type { Id } from "@holdfast/contracts/ids";
import type { CatalogDependencies } from "../dependencies.ts";
import { vendorNotFound } from "../problems.ts";
import { vendorFacts, vendorView } from "./vendor-view.ts";

/**
 * Verifies a vendor; verifying it again changes nothing.
 * @throws vendorNotFound
 */
export async function verifyVendor(
  { transact, clock }: Pick<CatalogDependencies, "transact" | "clock">,
  { vendorId, traceparent }: { readonly vendorId: Id<"vnd">; readonly traceparent: string },
): Promise<VendorView> {
  return transact(async (unit) => {
    const vendor = await unit.tx
      .selectFrom("vendors")
      .selectAll()
      .where("id", "=", vendorId)
      .forUpdate()
      .executeTakeFirst();
    if (vendor === undefined) throw vendorNotFound();
    if (vendor.status === "verified") return vendorView(vendor);

    const verified = { ...vendor, status: "verified", version: vendor.version + 1 } as const;
    await unit.tx
      .updateTable("vendors")
      .set({ status: verified.status, version: verified.version })
      .where("id", "=", vendorId)
      .execute();
    unit.announce(vendorVerified, {
      subject: vendorId,
      version: verified.version,
      data: vendorFacts(verified),
      traceparent,
      time: clock.now(),
    });
    return vendorView(verified);
  });
}
