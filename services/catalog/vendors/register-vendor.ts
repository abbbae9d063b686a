import type { Caller } from "@holdfast/chassis/tokens";
import type { UnitOfWork } from "@holdfast/chassis/unit-of-work";
import type { registerVendor as endpoint, VendorView } from "@holdfast/contracts/api/catalog";
import { vendorMemberAdded, vendorRegistered } from "@holdfast/contracts/events/catalog";
import { type Id, newId } from "@holdfast/contracts/ids";
import type { z } from "zod";
import type { CatalogTables } from "../database.ts";
import type { CatalogDependencies } from "../dependencies.ts";
import { writeHistory } from "./vendor-history.ts";
import { addressColumn, vendorFacts, vendorView } from "./vendor-view.ts";

export interface RegisterVendorCall {
  readonly caller: Caller;
  readonly body: z.output<NonNullable<typeof endpoint.body>>;
  readonly traceparent: string;
}

/** Registers a vendor that the caller owns, as a draft. */
export async function registerVendor(
  { clock }: Pick<CatalogDependencies, "clock">,
  unit: UnitOfWork<CatalogTables>,
  { caller, body, traceparent }: RegisterVendorCall,
): Promise<VendorView> {
  const now = clock.now();
  const ownerId = caller.userId as Id<"usr">;
  const vendor = await unit.tx
    .insertInto("vendors")
    .values({
      id: newId("vnd"),
      owner_id: ownerId,
      name: body.name,
      description: body.description,
      contact_url: body.contactUrl,
      legal_name: body.legalName,
      tax_id: body.taxId,
      address: addressColumn(body.address),
      status: "draft",
      version: 1,
      created_at: now.toString(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await unit.tx
    .insertInto("vendor_members")
    .values({ vendor_id: vendor.id, user_id: ownerId, role: "owner", added_at: now.toString() })
    .execute();
  await writeHistory(unit.tx, { vendor, action: "register", from: null, to: "draft", by: ownerId, now });

  const about = { subject: vendor.id, version: vendor.version, traceparent, time: now };
  unit.announce(vendorRegistered, { ...about, data: vendorFacts(vendor) });
  unit.announce(vendorMemberAdded, {
    ...about,
    data: { vendorId: vendor.id, userId: ownerId, role: "owner" },
  });
  return vendorView(vendor);
}
